/** The methods that start agents, change their rights and measure them. */
import {
  type CapabilityRequest,
  type JsonObject,
  type JsonValue,
  type Method,
  type SpawnOptions,
  toPid,
} from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { actingOf } from "./acting.ts";
import { type AgentLogs, MAX_LINES } from "./agent/agent-logs.ts";
import { capabilityRequestSchema } from "./capability/capability-schema.ts";
import { found, inspect } from "./inspect-process.ts";
import type { ProcessService } from "./process-service.ts";
import { spawnOptionFields } from "./spawn-options.ts";

const pid = z.int().check(z.minimum(0));
const MAX_ELEVATION_MS = 24 * 60 * 60 * 1000;

/** Makes the methods `agent.spawn`, `grant`, `revoke`, `elevate`, `logs` and `top`. */
export function agentWorkMethods(service: ProcessService, logs: AgentLogs): readonly Method[] {
  const { signal: _signal, ...optionFields } = spawnOptionFields();
  return [
    defineMethod({
      name: "agent.spawn",
      description:
        "Starts an agent from a module, named by package, path, URL or manifest; below `parent`, cut to its rights",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        module: z.string().check(z.minLength(1), z.maxLength(4096)),
        parent: z._default(pid, 0),
        ...optionFields,
      }),
      async run({ module, parent, ...options }, caller) {
        const given = options as SpawnOptions;
        const handle = await service.spawnBelow(
          toPid(parent),
          module,
          { ...given, signal: caller.signal },
          actingOf(caller),
        );
        return inspect(service, found(service, handle.pid));
      },
    }),
    changing("grant", "Adds to what an agent may do, as far as its parent may", service),
    changing("revoke", "Takes from what an agent and all below it may do", service),
    defineMethod({
      name: "agent.elevate",
      description: "Adds to what an agent may do for a time, after which it narrows back by itself",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        pid,
        rights: capabilityRequestSchema,
        forMs: z.int().check(z.minimum(1), z.maximum(MAX_ELEVATION_MS)),
        reason: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
      }),
      async run({ pid: target, rights, forMs, reason }, caller) {
        const asked = rights as CapabilityRequest;
        const now = service.follow(toPid(target));
        const { until } = await service.elevate(toPid(target), asked, { forMs, reason }, actingOf(caller));
        return { ...inspect(service, now()), until };
      },
    }),
    defineMethod({
      name: "agent.logs",
      description: "Gives lines that agents wrote, the newest or those after a cursor; waits for one up to `waitMs`",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        pid: z.optional(pid),
        agent: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
        tail: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_LINES))),
        since: z.optional(pid),
        waitMs: z._default(z.int().check(z.minimum(0), z.maximum(60_000)), 0),
      }),
      async run({ waitMs, ...filter }, { signal }) {
        if (filter.pid !== undefined && logs.read({ pid: filter.pid, tail: 1 }).length === 0) {
          found(service, filter.pid);
        }
        await logs.wait(filter, waitMs, signal);
        return { last: logs.last, lines: logs.read(filter).map((line) => ({ ...line })) };
      },
    }),
    defineMethod({
      name: "agent.top",
      description: "Measures all live agents: what they do, what waits for them, what they used",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => top(service),
    }),
  ];
}

function changing(verb: "grant" | "revoke", description: string, service: ProcessService): Method {
  return defineMethod({
    name: `agent.${verb}`,
    description,
    role: "operator",
    mutates: true,
    input: z.strictObject({ pid, rights: capabilityRequestSchema }),
    async run({ pid: target, rights }, caller) {
      const now = service.follow(toPid(target));
      await service[verb](toPid(target), rights as CapabilityRequest, actingOf(caller));
      return inspect(service, now());
    },
  });
}

function top(service: ProcessService): JsonObject {
  const agents: JsonValue[] = [];
  for (const info of service.list()) {
    if (info.pid === 0 || info.state === "exited") continue;
    const { pid: id, name, state, activity, parent, backend, restarts, startedAt } = info;
    const usage = service.usage(id);
    agents.push({
      pid: id,
      name,
      state,
      activity: activity === undefined ? null : { ...activity },
      parent: parent ?? null,
      backend,
      restarts,
      startedAt,
      mailbox: usage?.mailbox ?? 0,
      cpuMs: usage?.cpuMs ?? null,
      memoryBytes: usage?.memoryBytes ?? null,
      sent: usage?.sent ?? 0,
      toolCalls: usage?.toolCalls ?? 0,
    });
  }
  return { time: service.now(), agents };
}
