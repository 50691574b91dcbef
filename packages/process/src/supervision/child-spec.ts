/**
 * What an agent is started with, each time: worked out once from what was asked for, checked and approved, and never changed. What
 * changes from start to start lies in the `Child` that has it.
 */
import type {
  AgencyRole,
  AgentSource,
  BudgetAmounts,
  Capabilities,
  JsonValue,
  Pid,
  ResourceLimits,
  RestartPolicy,
  SpawnOptions,
} from "@weftos/interface";
import type { FullRestartPolicy } from "./restart-intensity.ts";

/** The place of a child under a supervisor that another kernel starts again. */
export interface MemberPlace {
  readonly id: string;
  /** The child of which it is one replica. */
  readonly replicaOf: string | undefined;
  /** It is not in the supervisor's specification, but came later. */
  readonly added: boolean;
  /** Of a supervisor that was added. */
  readonly restart: RestartPolicy | undefined;
}

/** How an agent is started, the first time and every time again. */
export interface ChildSpec {
  readonly kind: "agent" | "supervisor";
  readonly source: AgentSource;
  readonly name: string;
  readonly backend: string;
  readonly parent: Pid;
  /** Who started it, or the topmost process above it, through all its starts; undefined: the kernel itself. */
  readonly principal?: string | undefined;
  /** What it may do at first. */
  readonly capabilities: Capabilities;
  /** The rights above it to which these were cut; undefined for the kernel's own. */
  readonly cutTo: Capabilities | undefined;
  readonly agency: AgencyRole | undefined;
  readonly limits: ResourceLimits;
  /** What all its starts together may spend. */
  readonly budget: BudgetAmounts | undefined;
  readonly input: JsonValue;
  readonly environment: Readonly<Record<string, string>>;
  readonly mailboxLimit: number;
  readonly mailboxPolicy?: SpawnOptions["mailboxPolicy"];
  readonly restart: FullRestartPolicy;
  readonly mailbox: "keep" | "drop";
  /** How long it may take to end when asked; undefined: as long as the kernel says. */
  readonly shutdownMs: number | undefined;
  readonly trapExit: boolean;
  readonly probes: SpawnOptions["probes"];
  readonly profile?: SpawnOptions["profile"];
  /** Topics it receives from each start on. */
  readonly topics?: SpawnOptions["topics"];
  /** What another kernel needs to start it again after a crash of this one; undefined when it is not to. */
  readonly recovery: { readonly module: string; readonly options: JsonValue } | undefined;
  /** Undefined when nothing above it is started again by another kernel. */
  readonly member?: MemberPlace | undefined;
}
