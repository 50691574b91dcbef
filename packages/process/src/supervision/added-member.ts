/** Children that come to a supervisor at run time: as somebody gives them, and as the journal keeps them. */
import type { JsonObject, SupervisorChild, SupervisorSpec } from "@weftos/interface";
import type { JournalEntry } from "../table/journal-record.ts";
import { childFromJson } from "./spec-json.ts";
import { type Asker, type MemberSpec, readChild } from "./supervisor-spec.ts";
import { recordedSpec, TREE } from "./tree-record.ts";

/** Checks a child that is added at run time. @throws PROCESS_INPUT_INVALID */
export function addedMember(
  given: unknown,
  of: Pick<SupervisorSpec, "strategy" | "intensity">,
  by: Asker | undefined,
): { readonly member: MemberSpec; readonly replicas: number | undefined } {
  const { member, replicas } = readChild(given, of);
  const { what } = member;
  const document =
    what.kind === "supervisor" ? recordedSpec((given as SupervisorChild).supervisor, what.spec) : undefined;
  return { member: { ...member, by, added: { document } }, replicas };
}

/** Gives a child that was added to the supervisor that the last kernel lost; undefined when the journal cannot say how. */
export function lostMember(
  { recovery, member }: JournalEntry,
  of: Pick<SupervisorSpec, "strategy" | "intensity">,
): MemberSpec | undefined {
  if (recovery === undefined || member?.added !== true) return undefined;
  const { id, of: replicaOf, restart } = member;
  const { module, options } = recovery;
  const { account: _account, code: _code, ...rest } = options as JsonObject;
  const tree = module === TREE;
  const given = tree ? { id, supervisor: rest, restart } : { id, agent: module, ...rest };
  const { member: read } = readChild(childFromJson(JSON.parse(JSON.stringify(given)) as JsonObject), of);
  return { ...read, replicaOf, added: { document: tree ? rest : undefined } };
}
