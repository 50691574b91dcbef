/**
 * How a supervisor makes and starts its children: with at most the rights of whoever made it, under what was approved of the whole tree;
 * one that somebody adds later, in the name of who adds it. A child that the last kernel lost goes on where it was.
 */
import type { Clock, Files, Guard, GuardedCall, JsonObject, Logger, Pid, RestartPolicy } from "@weftos/interface";
import type { BackendChoice } from "../backends/find-backend.ts";
import type { Ledger } from "../budget/ledger.ts";
import type { Agency } from "../capability/agency.ts";
import { readSpawn, type SpawnRequest, specOf, withBackend } from "../spawn-request.ts";
import type { ProcessEntry } from "../table/process-entry.ts";
import type { ProcessJournal } from "../table/process-journal.ts";
import type { ProcessTable } from "../table/process-table.ts";
import { Child, type Keeper } from "./child.ts";
import type { ChildSpec, MemberPlace } from "./child-spec.ts";
import type { Lasting } from "./lasting.ts";
import type { Lost } from "./lost.ts";
import { rightsHolder } from "./rights-holder.ts";
import { attributesOf, SUPERVISOR, shownMember, supervisorAttributes } from "./shown-spec.ts";
import type { Supervisor } from "./supervisor.ts";
import type { CheckedSupervisor, MemberSpec } from "./supervisor-spec.ts";
import type { TreeRecord } from "./tree-record.ts";

/** What supervisors ask of their kernel. */
export interface SuperviseDeps {
  readonly table: ProcessTable;
  readonly supervisor: Supervisor;
  readonly guard: Guard;
  readonly files: Pick<Files, "realPath" | "read">;
  readonly choice: BackendChoice;
  readonly agency: Agency;
  readonly journal: Pick<ProcessJournal, "changed" | "ended" | "flushed">;
  readonly ledger: Pick<Ledger, "claim">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where a supervisor stands. */
export interface TreePlace {
  readonly parent: ProcessEntry;
  readonly keeper?: Keeper;
  readonly restart?: RestartPolicy | undefined;
  /** Its specification, for a journal entry of its own. */
  readonly document?: JsonObject | undefined;
  /** Its part of the record of the supervisor above, which is started again with it. */
  readonly record?: TreeRecord | undefined;
  readonly member?: MemberPlace | undefined;
  /** Its children, as the last kernel lost them. */
  readonly lost?: readonly Lost[] | undefined;
  /** What lasts of its children, when the supervisor above it was started again. */
  readonly lasting?: ReadonlyMap<string, Lasting> | undefined;
}

/** What there was of a child before it was made. */
export interface Before {
  /** As the last kernel left it. */
  readonly lost?: Lost | undefined;
  /** As its supervisor held it before it was started again. */
  readonly lasting?: Lasting | undefined;
}

/** Whose children these are. */
export interface MembersOwner {
  readonly name: string;
  /** Of the whole tree. */
  readonly approval: string | undefined;
  /** What the journal holds of it; undefined when it is not started again by another kernel. */
  readonly record: TreeRecord | undefined;
  nest(spec: CheckedSupervisor, place: TreePlace): { readonly child: Child };
}

export class MemberStarts {
  readonly #owner: MembersOwner;
  readonly #deps: SuperviseDeps;

  constructor(owner: MembersOwner, deps: SuperviseDeps) {
    this.#owner = owner;
    this.#deps = deps;
  }

  /** Makes the child of a specification. */
  async prepare(member: MemberSpec, parent: ProcessEntry, keeper: Keeper, before: Before): Promise<Child> {
    const { lost, lasting } = before;
    const child =
      member.what.kind === "agent"
        ? await this.#agent(member, member.what.request, parent, keeper, before)
        : this.#supervisor(member, member.what, parent, keeper, before);
    child.suspended = lasting?.suspended === true;
    if (lost === undefined) return child;
    const { pid, restarts, member: place, suspended, failures } = lost.entry;
    child.lostPid = pid;
    child.suspended = suspended === true;
    child.intensity.recall(failures?.times ?? [], this.#deps.clock);
    child.restarts = restarts + 1;
    child.code = codeOf(lost.entry.recovery);
    if (place?.account !== undefined && this.#deps.ledger.claim(place.account)) child.account = place.account;
    return child;
  }

  /** Starts a child, guarded: in the kernel's name under the tree's approval, or in that of who asked for it. */
  async start(child: Child, pid: Pid, member: MemberSpec): Promise<void> {
    const { guard, supervisor } = this.#deps;
    const { name, backend } = child.spec;
    const { what, by } = member;
    const base: Omit<GuardedCall<void>, "subject" | "attributes"> = {
      action: "process.spawn",
      resource: `agent:${name}`,
      summary: () => ({ pid: child.handle.pid, parent: pid, agent: name, backend }),
    };
    const call: GuardedCall<void> =
      by === undefined
        ? {
            ...base,
            subject: { kind: "kernel", id: "0" },
            attributes: { agent: name, backend, parent: pid },
            actor: { pid, agent: this.#owner.name },
            under: this.#owner.approval,
          }
        : {
            ...base,
            ...by,
            ...shownMember(member),
            attributes: what.kind === "agent" ? attributesOf(what.request, pid) : supervisorAttributes(what.spec, pid),
          };
    let started = false;
    try {
      await guard.perform(call, async ({ approval }) => {
        if (by !== undefined && approval !== undefined && what.kind === "agent") child.code = what.request.code;
        await supervisor.start(child);
        started = true;
        if (by !== undefined) child.approval = approval;
      });
    } catch (error) {
      // It runs, but no record says so: it must not.
      if (started) await supervisor.endChild(child, "supervisor");
      throw error;
    }
  }

  #supervisor(
    member: MemberSpec,
    { spec, restart }: Extract<MemberSpec["what"], { kind: "supervisor" }>,
    parent: ProcessEntry,
    keeper: Keeper,
    { lost, lasting }: Before,
  ): Child {
    const { record } = this.#owner;
    const document = record !== undefined && restart.type === "permanent" ? member.added?.document : undefined;
    return this.#owner.nest(spec, {
      parent,
      keeper,
      restart,
      document,
      record: member.added === undefined ? record?.below(member.id) : undefined,
      member: this.#placeOf(member),
      lost: lost?.below,
      lasting: lasting?.below,
    }).child;
  }

  async #agent(
    member: MemberSpec,
    given: SpawnRequest,
    parent: ProcessEntry,
    keeper: Keeper,
    { lost, lasting }: Before,
  ): Promise<Child> {
    const { table, files, choice, agency } = this.#deps;
    const holder = rightsHolder(parent, table);
    const held = lost?.entry.member?.capabilities ?? lasting?.capabilities;
    const wanted =
      held === undefined ? given : readSpawn(given.source, { ...given.options, name: given.name, capabilities: held });
    const request = withBackend(wanted, holder, choice);
    const spec = await specOf(request, parent, { files, agency }, holder);
    const place = this.#placeOf(member);
    const placed = place === undefined ? spec : { ...spec, member: place, recovery: recoveryOf(member, given) };
    const child = new Child(placed, keeper);
    if (held !== undefined) child.beginsChanged();
    child.approval = this.#owner.approval;
    if (child.approval !== undefined) child.code = request.code;
    return child;
  }

  #placeOf({ id, replicaOf, added, what }: MemberSpec): MemberPlace | undefined {
    if (this.#owner.record === undefined) return undefined;
    const restart = added !== undefined && what.kind === SUPERVISOR ? what.restart : undefined;
    return { id, replicaOf, added: added !== undefined, restart };
  }
}

/** Digest of the code that was approved, as the journal kept it. */
function codeOf(recovery: ChildSpec["recovery"]): string | undefined {
  const { code } = (recovery?.options ?? {}) as JsonObject;
  return typeof code === "string" ? code : undefined;
}

/** What another kernel needs to add the child again; those of the specification come with it. */
function recoveryOf({ added }: MemberSpec, { source, name, options }: SpawnRequest): ChildSpec["recovery"] {
  if (added === undefined || !(source instanceof URL) || options.restart?.type !== "permanent") return undefined;
  const { signal: _, ...kept } = options;
  return { module: source.href, options: JSON.parse(JSON.stringify({ ...kept, name })) as JsonObject };
}
