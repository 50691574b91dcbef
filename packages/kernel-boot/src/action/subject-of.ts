import type { ProcessRef, Role, Subject } from "@weftos/interface";
import { KernelOptionError } from "../kernel/kernel-errors.ts";

const ROLES: ReadonlySet<unknown> = new Set<Role>(["viewer", "operator", "approver", "admin"]);
const KINDS: ReadonlySet<string> = new Set<Subject["kind"]>(["kernel", "process", "principal", "node"]);

/** One spelling for each PID, so that a subject has one name in every cache, rule and record. */
const PID = /^[1-9]\d{0,15}$/;

/**
 * Reads on whose behalf a call is made: a subject, a PID, or anything with one.
 *
 * @throws `KERNEL_OPTION_INVALID`
 */
export function subjectOf(as: Subject | ProcessRef<never>): Subject {
  // Hosts in plain JavaScript may give anything.
  const given: unknown = as;
  if (typeof given === "number") return ofPid(given);
  if (typeof given === "object" && given !== null) {
    if ("kind" in given && "id" in given) {
      const { kind, id } = given;
      if (typeof kind === "string" && KINDS.has(kind) && typeof id === "string" && id.length > 0 && id.length <= 256) {
        const role = "role" in given ? given.role : undefined;
        if (role !== undefined && !ROLES.has(role)) throw invalid("a subject with an unknown role");
        if (kind === "process" && !PID.test(id)) throw invalid("a process whose id is no PID above 0");
        if (kind === "kernel" && id !== "0") throw invalid("a kernel whose id is not 0");
        return { kind: kind as Subject["kind"], id, ...(role === undefined ? {} : { role: role as Role }) };
      }
    } else if ("pid" in given && typeof given.pid === "number") return ofPid(given.pid);
  }
  throw invalid(given === null ? "null" : typeof given);
}

function ofPid(pid: number): Subject {
  if (!Number.isSafeInteger(pid) || pid < 0) throw invalid(String(pid));
  return pid === 0 ? { kind: "kernel", id: "0" } : { kind: "process", id: String(pid) };
}

function invalid(got: string): KernelOptionError {
  return new KernelOptionError(`expected \`as\` to be a subject, a PID or an object with a pid, got ${got}`, {
    details: { option: "as" },
  });
}
