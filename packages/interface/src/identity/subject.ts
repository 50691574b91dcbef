import type { Pid } from "./ids.ts";

/** Who acts. The kernel is `{ kind: "kernel", id: "0" }`; a process carries its PID in decimal. */
export interface Subject {
  readonly kind: "kernel" | "process" | "principal" | "node";
  readonly id: string;
  /** The role of a principal, as the wire that authenticated it says; a principal without one may do nothing. */
  readonly role?: Role | undefined;
}

/** What a principal may do; each role includes the ones before it: viewer, operator, approver, admin. */
export type Role = "viewer" | "operator" | "approver" | "admin";

/** Anything that names a process: a PID, or an object that has one (a handle, an agent's context). */
export type ProcessRef<Messages = unknown> = Pid<Messages> | { readonly pid: Pid<Messages> };
