/** What the options of spawn must look like: in a call, in a manifest, in a supervisor's specification. */
import type { Schema, SpawnOptions } from "@weftos/interface";
import { z } from "@weftos/schema";
import { capabilityRequestSchema } from "./capability/capability-schema.ts";
import { isJson } from "./json-input.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const milliseconds = z.lazy(() => z.optional(z.int().check(z.minimum(1), z.maximum(DAY_MS))));
/** A name of something else than an agent, or of an agent of before, when more was allowed. */
export const anyName = z.string().check(z.minLength(1), z.maxLength(128));
/** The name of an agent, or a supervisor: `/` stands between the names of those that started each other, and PID 0 is the kernel. */
export const agentName = z.string().check(
  z.minLength(1),
  z.maxLength(128),
  z.refine((name) => !/[/\p{Cc}]/u.test(name), "expected a name without / and control characters"),
  z.refine((name) => name !== "kernel", "expected another name than that of PID 0, kernel"),
);

/** When an agent is started again. */
export const restartPolicySchema = z.lazy(() =>
  z.strictObject({
    type: z.enum(["permanent", "transient", "temporary"]),
    maxRestarts: z.optional(z.int().check(z.minimum(0), z.maximum(10_000))),
    withinMs: milliseconds,
    backoffMs: milliseconds,
    maxBackoffMs: milliseconds,
  }),
);

const probe = z.lazy(() =>
  z.strictObject({
    request: z.custom((value) => isJson(value), "expected JSON"),
    intervalMs: milliseconds,
    timeoutMs: milliseconds,
    failures: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
  }),
);

/** Names that are no variable of a program's own, but change what the runtime or the system's loader does. */
const runtimeNames = /^(?:NODE|LD|DYLD)_/i;
const environmentSchema = z.lazy(() =>
  z
    .record(
      z.string().check(
        z.maxLength(256),
        z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected letters, digits and _"),
        z.refine(
          (given) => !runtimeNames.test(given),
          "expected no name that the runtime or the system's loader reads",
        ),
      ),
      z.string().check(
        z.maxLength(32_768),
        z.refine((value) => !value.includes("\0"), "expected text without a NUL"),
      ),
    )
    .check(
      z.refine((given) => Object.keys(given).length <= 256, "expected at most 256 variables"),
      z.refine((given) => JSON.stringify(given).length <= 65_536, "expected at most 65 536 characters together"),
    ),
);

const amount = z.optional(z.int().check(z.minimum(0)));
/** So much of each unit of a budget. */
export const amountsSchema = z.lazy(() =>
  z.strictObject({ tokens: amount, moneyMicros: amount, toolCalls: amount, messages: amount, cpuMs: amount }),
);
const limitsSchema = () =>
  z.strictObject({
    memoryBytes: amount,
    diskBytes: amount,
    cpuMs: amount,
    wallMs: amount,
    messages: amount,
    toolCalls: amount,
  });

const said = (most: number) => z.optional(z.string().check(z.minLength(1), z.maxLength(most)));
const profileSchema = () =>
  z.strictObject({
    version: said(64),
    description: said(1024),
    priority: z.optional(z.enum(["low", "normal", "high", "critical"])),
    labels: z.optional(
      z
        .record(
          z.string().check(z.regex(/^[A-Za-z0-9_./-]{1,64}$/, "expected 1 to 64 letters, digits, _ . / or -")),
          z.string().check(z.maxLength(256)),
        )
        .check(z.refine((given) => Object.keys(given).length <= 64, "expected at most 64 labels")),
    ),
  });

/** The options of spawn, field by field. */
export const spawnOptionFields = () => ({
  name: z.optional(agentName),
  backend: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  capabilities: z.optional(capabilityRequestSchema),
  agency: z.optional(anyName),
  limits: z.optional(limitsSchema()),
  budget: z.optional(amountsSchema),
  restart: z.optional(restartPolicySchema),
  input: z.optional(z.custom((value) => isJson(value), "expected JSON")),
  environment: z.optional(environmentSchema),
  mailboxLimit: z.optional(z.int().check(z.minimum(1), z.maximum(65_536))),
  mailboxPolicy: z.optional(z.enum(["reject", "wait", "drop-oldest"])),
  mailbox: z.optional(z.enum(["keep", "drop"])),
  shutdownMs: z.optional(z.int().check(z.minimum(0), z.maximum(DAY_MS))),
  trapExit: z.optional(z.boolean()),
  probes: z.optional(z.strictObject({ liveness: z.optional(probe), readiness: z.optional(probe) })),
  profile: z.optional(profileSchema()),
  topics: z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(256))).check(z.maxLength(64))),
  signal: z.optional(z.instanceof(AbortSignal)),
});

export const spawnOptionsSchema = z.lazy(() => z.strictObject(spawnOptionFields())) as unknown as Schema<
  unknown,
  SpawnOptions
>;
