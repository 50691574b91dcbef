/** Cuts rights to what a place among agents allows, by every policy that is installed. Unknown roles refuse. */
import type { AgencyPolicy, AgencyRole, AgencyTerms, Capabilities, CapabilityRequest, Pid } from "@weftos/interface";
import { AgencyNotAllowedError } from "../process-errors.ts";
import { attenuate } from "./attenuate.ts";

export class Agency {
  readonly #policies: () => readonly AgencyPolicy[];

  constructor(policies: () => readonly AgencyPolicy[]) {
    this.#policies = policies;
  }

  /** Cuts rights to the ceiling of a role; `parent` is the PID of the holder's parent. @throws PROCESS_AGENCY_NOT_ALLOWED */
  cut(rights: Capabilities, role: AgencyRole | undefined, parent: Pid): Capabilities {
    if (role === undefined) return rights;
    let cut = rights;
    for (const { ceiling } of this.#terms(role)) cut = attenuate(cut, filledCeiling(ceiling, cut), parent);
    return cut;
  }

  /**
   * Refuses a child that its parent's place does not allow.
   *
   * @param live - children of the parent that live
   * @throws PROCESS_AGENCY_NOT_ALLOWED
   */
  assertChild(parent: AgencyRole | undefined, child: AgencyRole | undefined, live: number): void {
    if (child !== undefined) this.#terms(child);
    if (parent === undefined) return;
    for (const { maySpawn, maxChildren } of this.#terms(parent)) {
      // A child without a role would be bound by no place at all.
      if (child === undefined || !maySpawn.includes(child)) {
        throw refused(
          parent,
          `may start ${maySpawn.join(", ") || "nobody"}, and no ${child ?? "agent without a role"}`,
        );
      }
      if (maxChildren !== undefined && live >= maxChildren) {
        throw refused(parent, `may have ${maxChildren} children, and has them`);
      }
    }
  }

  #terms(role: AgencyRole): readonly AgencyTerms[] {
    const policies = this.#policies();
    if (policies.length === 0) throw refused(role, "is known to nobody here: no installed feature has agency policies");
    return policies.map((policy) => {
      const terms = policy.terms(role);
      if (terms === undefined) throw refused(role, "is no role that the agency policy knows");
      return terms;
    });
  }
}

/** A ceiling binds what it names. */
function filledCeiling(ceiling: CapabilityRequest, held: Capabilities): Capabilities {
  return {
    canSpawn: ceiling.canSpawn ?? true,
    canIpc: ceiling.canIpc ?? true,
    canExecTools: ceiling.canExecTools ?? true,
    canNetwork: ceiling.canNetwork ?? true,
    ipcScope: ceiling.ipcScope ?? { kind: "all" },
    tools: { allow: ceiling.tools?.allow ?? held.tools.allow, deny: ceiling.tools?.deny ?? [] },
    files: {
      read: ceiling.files?.read ?? held.files.read,
      write: ceiling.files?.write ?? held.files.write,
      own: ceiling.files?.own ?? held.files.own,
      deny: ceiling.files?.deny ?? [],
    },
  };
}

function refused(role: AgencyRole, why: string): AgencyNotAllowedError {
  return new AgencyNotAllowedError(`the role ${role} ${why}`, { details: { role } });
}
