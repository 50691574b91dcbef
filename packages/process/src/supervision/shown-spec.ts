/** What is shown of an agent or a supervisor that is to be started: facts for the rules, words for an approver, terms for a standing grant. */
import type { Attributes, GuardedCall, JsonObject, Pid, SpawnOptions, StandingTerms } from "@weftos/interface";
import { type CodeFiles, codeDigest } from "../agent/code-digest.ts";
import { shownEnvironment } from "../shown-environment.ts";
import type { SpawnRequest } from "../spawn-request.ts";
import type { CheckedSupervisor, MemberSpec } from "./supervisor-spec.ts";

/** Reads what an approver is shown of the code of an agent. */
export async function withCode(request: SpawnRequest, files: CodeFiles): Promise<SpawnRequest> {
  return { ...request, code: await codeDigest(request.source, files) };
}

/** The same of a child of a supervisor. */
export async function memberWithCode(member: MemberSpec, files: CodeFiles): Promise<MemberSpec> {
  const { what } = member;
  return what.kind === "agent"
    ? { ...member, what: { ...what, request: await withCode(what.request, files) } }
    : { ...member, what: { ...what, spec: await supervisorWithCode(what.spec, files) } };
}

/** The same of a supervisor with all below it. */
export async function supervisorWithCode(spec: CheckedSupervisor, files: CodeFiles): Promise<CheckedSupervisor> {
  const members: MemberSpec[] = [];
  for (const member of spec.members) members.push(await memberWithCode(member, files));
  const replicated = new Map<string, MemberSpec>();
  for (const [id, member] of spec.replicated) replicated.set(id, await memberWithCode(member, files));
  return { ...spec, members, replicated };
}

/** Stands where a module would be. */
const DEFINITION = "a definition in the program: `code` is the text of its run, and not what that closes over";

/** The name that stands for a supervisor where an agent has its backend. */
export const SUPERVISOR = "supervisor";

type Shown = Pick<GuardedCall<unknown>, "display" | "standing">;

export function attributesOf({ source, name, backend, options }: SpawnRequest, parent: Pid): Attributes {
  const attributes = { agent: name, backend, parent, ...profileAttributes(options.profile) };
  // A `data:` URL holds the whole module: its beginning is told.
  return source instanceof URL ? { ...attributes, module: source.href.slice(0, 512) } : attributes;
}

function profileAttributes({ version, priority, labels = {} }: NonNullable<SpawnOptions["profile"]> = {}): Attributes {
  return {
    ...(version === undefined ? {} : { version }),
    ...(priority === undefined ? {} : { priority }),
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label.${name}`, value])),
  };
}

export function supervisorAttributes({ name, strategy }: CheckedSupervisor, parent: Pid): Attributes {
  return { agent: name, backend: SUPERVISOR, parent, strategy };
}

/**
 * What an approver is shown of an agent and bound to, by its child spec or the manifest it comes from, and may grant to be started again and again; one that differs asks again. The
 * kernel is never deferred, so only the wish of somebody else is put into words.
 */
export function shownAgent(request: SpawnRequest, kind: StandingTerms["kind"] = "child-spec"): Shown {
  return shown(request.name, documentOf(request), kind);
}

/** The same of a supervisor with all below it. */
export function shownSupervisor(spec: CheckedSupervisor): Shown {
  return shown(spec.name, supervisorDocument(spec));
}

/** The same of a child of a supervisor, by whichever name it is to be started. */
export function shownMember({ what }: MemberSpec): Shown {
  return what.kind === "agent" ? shownAgent(what.request) : shownSupervisor(what.spec);
}

function shown(name: string, document: JsonObject, kind: StandingTerms["kind"] = "child-spec"): Shown {
  return { display: JSON.stringify(document, null, 2), standing: { kind, name, document } };
}

function documentOf({ source, name, backend, options, code }: SpawnRequest): JsonObject {
  const { signal: _, environment, ...rest } = options;
  const module = source instanceof URL ? source.href : DEFINITION;
  const variables = environment === undefined ? {} : { environment: shownEnvironment(environment) };
  return JSON.parse(JSON.stringify({ agent: name, module, code, backend, ...rest, ...variables })) as JsonObject;
}

function supervisorDocument({ name, strategy, members, intensity }: CheckedSupervisor): JsonObject {
  const children = members.map(({ id, what }) =>
    what.kind === "agent"
      ? { id, ...documentOf(what.request) }
      : { id, ...supervisorDocument(what.spec), restart: JSON.parse(JSON.stringify(what.restart)) as JsonObject },
  );
  return { supervisor: name, strategy, children, intensity: JSON.parse(JSON.stringify(intensity ?? {})) as JsonObject };
}
