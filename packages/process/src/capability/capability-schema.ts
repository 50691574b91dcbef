/** What a spawner may write as capabilities, and how rights lie in an approval. */
import type { Capabilities, Pid, Schema } from "@weftos/interface";
import { z } from "@weftos/schema";

const MAX_ENTRIES = 256;
const pid = z.int().check(z.minimum(0));
const globs = z.lazy(() => z.array(z.string().check(z.minLength(1), z.maxLength(256))).check(z.maxLength(MAX_ENTRIES)));
const paths = z.lazy(() =>
  z.array(z.string().check(z.minLength(1), z.maxLength(4096))).check(z.maxLength(MAX_ENTRIES)),
);

const scope = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("all") }),
    z.strictObject({ kind: z.literal("parentOnly") }),
    z.strictObject({ kind: z.literal("restricted"), pids: z.array(pid).check(z.maxLength(4096)) }),
    z.strictObject({ kind: z.literal("topic"), topics: globs }),
    z.strictObject({ kind: z.literal("none") }),
  ]),
);
const tools = () => z.strictObject({ allow: globs, deny: globs });
const files = () => z.strictObject({ read: paths, write: paths, own: paths, deny: paths });

const full = () =>
  z.strictObject({
    canSpawn: z.boolean(),
    canIpc: z.boolean(),
    canExecTools: z.boolean(),
    canNetwork: z.boolean(),
    ipcScope: scope,
    tools: tools(),
    files: files(),
  });

/** What a spawn may ask for: any part of the capabilities. */
export const capabilityRequestSchema = z.lazy(() =>
  z.partial(z.extend(full(), { tools: z.partial(tools()), files: z.partial(files()) })),
);

/** Rights as they lie in an approval: whose they were, and what they held. */
export type StoredRights =
  | { readonly kind: "kernel" }
  | { readonly kind: "principal"; readonly role: "viewer" | "operator" | "approver" | "admin" }
  | { readonly kind: "process"; readonly pid: Pid; readonly parent: Pid; readonly capabilities: Capabilities };

export const storedRightsSchema = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("kernel") }),
    z.strictObject({ kind: z.literal("principal"), role: z.enum(["viewer", "operator", "approver", "admin"]) }),
    z.strictObject({ kind: z.literal("process"), pid, parent: pid, capabilities: full() }),
  ]),
) as unknown as Schema<unknown, StoredRights>;
