/** On whose behalf the service acts, when somebody calls it over the method table. */
import type { GuardedCall, MethodCaller, Role, Subject } from "@weftos/interface";

/** A subject with who takes what rules want it to know. */
export interface Acting extends Subject {
  readonly onWarnings?: GuardedCall<never>["onWarnings"];
}

/** The caller under whose name the guard is asked; the table of methods has checked its role. */
export function actingOf({ subject, role, onWarnings }: MethodCaller): Acting & { readonly role: Role } {
  return { ...subject, role, onWarnings };
}

/** What of a guarded call says who asks. */
export function askedBy(acting: Acting): Pick<GuardedCall<never>, "subject" | "onWarnings"> {
  const { onWarnings, ...subject } = acting;
  return { subject, onWarnings };
}
