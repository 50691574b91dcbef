import type { Role, Subject } from "../identity/subject.ts";
import type { Effect } from "./effect.ts";

/**
 * How much of an action reaches the audit log. `durable`: the intent is on disk before the action runs; `logged`: one
 * event with its outcome; `digest`: a 32-byte record in a Merkle-committed batch; `none`: nothing.
 */
export type AuditLevel = "durable" | "logged" | "digest" | "none";

/**
 * What a process must hold for an action: `spawn`, `ipc` and `network` are the capability flags of the same name, `tool`
 * the flag for tools plus the tool globs matched with the action's `tool` attribute or name, `files.read` and
 * `files.write` a grant that holds the real path in the `path` attribute. `operator` is never held by a process: only
 * the kernel and principals of the declared role may act.
 */
export type Right = "spawn" | "ipc" | "tool" | "network" | "files.read" | "files.write" | "operator";

/** A fact about one action that a rule may read. */
export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** An entry of the catalogue: what the kernel knows of an action before anybody asks for it. */
export interface ActionDeclaration {
  /** `noun.verb`, such as `fs.remove`. */
  readonly name: string;
  readonly description: string;
  readonly effect: Effect;
  readonly audit: AuditLevel;
  /** All of these must be held by a process. */
  readonly rights: readonly Right[];
  /** The least role of a principal. */
  readonly role: Role;
  /** Whether its effect adds up with that of earlier actions of the same agent, for rules about what was accumulated. */
  readonly accumulates?: boolean | undefined;
  /** Chain kind of the outcome, when it differs from the name: `process.spawn` leaves `agent.spawn`. */
  readonly event?: string | undefined;
}

/** One wish to act: who, what, on what, and the facts. The caller never supplies its own effect. */
export interface ActionRequest {
  readonly action: string;
  readonly subject: Subject;
  /** What is acted on: a path, a URL, `process:12`, a topic; at most 1024 characters. */
  readonly resource: string;
  readonly attributes: Attributes;
}

/** The actions that the features of this kernel declared. */
export interface ActionCatalogue {
  find(name: string): ActionDeclaration | undefined;
  list(): readonly ActionDeclaration[];
}
