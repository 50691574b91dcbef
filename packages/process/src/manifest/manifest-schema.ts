/**
 * What stands in a manifest, `<name>.agent.toml`: the module, any option of spawn that makes sense in a file, and what an author
 * says of an agent in words of its own. Nothing in it is taken and not used.
 */
import type { Schema, SpawnOptions } from "@weftos/interface";
import { z } from "@weftos/schema";
import { agentName, anyName, spawnOptionFields } from "../spawn-options.ts";

const MAX_SECS = 86_400;

/** What a manifest says beside the options of spawn; each means one of them, or binds the start. */
export interface ManifestWords {
  /** Its place among agents: `agency`. */
  readonly role?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Tools it may call, as globs: `capabilities.tools.allow`. */
  readonly tools?: readonly string[] | undefined;
  /** Topics it may publish to; then it reaches these and those it receives, and processes by replies alone. */
  readonly topicsPublish?: readonly string[] | undefined;
  /** Topics it receives from its start on: `topics`. */
  readonly topicsSubscribe?: readonly string[] | undefined;
  readonly resources?:
    | {
        /** `limits.memoryBytes`. */
        readonly maxMemoryMb?: number | undefined;
        /** Requests that may wait for it: `mailboxLimit`. */
        readonly maxConcurrentRequests?: number | undefined;
        readonly priority?: NonNullable<SpawnOptions["profile"]>["priority"];
      }
    | undefined;
  /** How it is spoken to: messages of the kernel, answered to whoever asks. */
  readonly interface?:
    | {
        readonly protocol?: "ipc" | undefined;
        /** A topic by which requests come, too. */
        readonly requestTopic?: string | undefined;
        readonly responseMode?: "direct" | undefined;
      }
    | undefined;
  /** `probes.liveness` and `restart`. */
  readonly health?:
    | {
        readonly checkIntervalSecs?: number | undefined;
        readonly timeoutSecs?: number | undefined;
        readonly restartPolicy?: "never" | "on-failure" | "always" | undefined;
        readonly maxRestarts?: number | undefined;
      }
    | undefined;
  readonly dependencies?: Dependencies | undefined;
  /** `read:<path>`, `write:<path>` or `own:<path>`, from the manifest's folder: `capabilities.files`. */
  readonly filesystemAccess?: readonly string[] | undefined;
}

/** Agents, by name, without which it does not start. */
export interface Dependencies {
  /** Must live. */
  readonly requires?: readonly string[] | undefined;
  /** Must be ready, those of them that live. */
  readonly after?: readonly string[] | undefined;
}

/** A manifest as it was read. */
export type Manifest = Omit<SpawnOptions, "signal"> & ManifestWords & { readonly module: string };

/** A word of a manifest and the option that says the same: a file says it once. */
const twice: readonly (readonly [word: string, option: string])[] = [
  ["role", "agency"],
  ["tools", "capabilities.tools"],
  ["filesystemAccess", "capabilities.files"],
  ["topicsPublish", "capabilities.ipcScope"],
  ["topicsSubscribe", "topics"],
  ["version", "profile"],
  ["description", "profile"],
  ["labels", "profile"],
  ["resources.priority", "profile"],
  ["resources.maxMemoryMb", "limits.memoryBytes"],
  ["resources.maxConcurrentRequests", "mailboxLimit"],
  ["health.restartPolicy", "restart"],
  ["health.maxRestarts", "restart"],
  ["health.checkIntervalSecs", "probes.liveness"],
  ["health.timeoutSecs", "probes.liveness"],
];

export const manifestSchema = z.lazy(() => {
  const { signal: _, ...fields } = spawnOptionFields();
  const list = (most: number) =>
    z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(most))).check(z.maxLength(256)));
  const secs = z.optional(z.number().check(z.minimum(0.001), z.maximum(MAX_SECS)));
  const names = z.optional(z.array(agentName).check(z.maxLength(64)));
  const { version, description, priority, labels } = fields.profile.def.innerType.shape;
  return z
    .strictObject({
      /** A package's name, or a path from the manifest's folder. */
      module: z.string().check(z.minLength(1), z.maxLength(4096)),
      ...fields,
      role: z.optional(anyName),
      version,
      description,
      labels,
      tools: list(256),
      topicsPublish: list(256),
      topicsSubscribe: fields.topics,
      resources: z.optional(
        z.strictObject({
          maxMemoryMb: z.optional(z.int().check(z.minimum(1), z.maximum(1_048_576))),
          maxConcurrentRequests: fields.mailboxLimit,
          priority,
        }),
      ),
      interface: z.optional(
        z.strictObject({
          protocol: z.optional(z.literal("ipc")),
          requestTopic: z.optional(z.string().check(z.minLength(1), z.maxLength(256))),
          responseMode: z.optional(z.literal("direct")),
        }),
      ),
      health: z.optional(
        z.strictObject({
          checkIntervalSecs: secs,
          timeoutSecs: secs,
          restartPolicy: z.optional(z.enum(["never", "on-failure", "always"])),
          maxRestarts: z.optional(z.int().check(z.minimum(0), z.maximum(10_000))),
        }),
      ),
      dependencies: z.optional(z.strictObject({ requires: names, after: names })),
      filesystemAccess: z.optional(
        z
          .array(
            z.string().check(z.regex(/^(?:read|write|own):.{1,4096}$/s, "expected read:, write: or own: and a path")),
          )
          .check(z.maxLength(256)),
      ),
    })
    .check(
      ...twice.map(([word, option]) =>
        z.refine((given) => at(given, word) === undefined || at(given, option) === undefined, {
          path: word.split("."),
          error: `expected it here or as ${option}, not both`,
        }),
      ),
    );
}) as unknown as Schema<unknown, Manifest>;

function at(value: unknown, path: string): unknown {
  let found = value;
  for (const name of path.split("."))
    found = typeof found === "object" && found !== null ? Reflect.get(found, name) : undefined;
  return found;
}
