/** How the methods of governance act: as a guarded action of their caller, who must hold the branch it belongs to. */
import type { Branch, Guard, JsonObject, MethodCaller, Subject } from "@weftos/interface";
import type { PrincipalRegistry } from "../principal/principal-registry.ts";
import { holderOf } from "../principal/separation.ts";

/** What acting needs. */
export interface ActingDeps {
  readonly guard: Pick<Guard, "perform">;
  readonly registry: PrincipalRegistry;
}

/** One act. */
export interface Act<T> {
  readonly action: string;
  readonly resource: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** What an approver is shown besides, and an answer is bound to: all of the input that the facts do not say whole. */
  readonly shows?: JsonObject | undefined;
  readonly caller: MethodCaller;
  /** In whose name it is; undefined when any principal of the role may. */
  readonly branch: Branch | undefined;
  readonly approval?: string | undefined;
  readonly summary: (output: T) => JsonObject;
  /** @param by - name of who acts */
  readonly run: (by: string) => Promise<T>;
}

/**
 * Acts. Whoever does not hold the branch is refused within the act, so that the refusal is recorded as theirs.
 *
 * @throws `GOVERNANCE_BRANCH`, `GOVERNANCE_PRINCIPAL_UNKNOWN`, what the guard raises, and what `run` throws
 */
export function act<T>({ guard, registry }: ActingDeps, one: Act<T>): Promise<T> {
  const { action, resource, attributes, shows, caller, branch, approval, summary, run } = one;
  const subject = subjectOf(caller);
  const by = subject.kind === "kernel" ? "kernel" : subject.id;
  return guard.perform<T>(
    {
      action,
      subject,
      resource,
      attributes: branch === undefined ? attributes : { ...attributes, branch },
      shows,
      approval,
      signal: caller.signal,
      onWarnings: caller.onWarnings,
      summary,
    },
    async () => {
      // The host's own code stands for the kernel, and while nobody is known the host vouches for who calls.
      if (branch !== undefined && registry.known && subject.kind !== "kernel") holderOf(registry, by, branch);
      return await run(by);
    },
  );
}

function subjectOf({ subject, role }: MethodCaller): Subject {
  return subject.kind === "principal" ? { ...subject, role } : subject;
}
