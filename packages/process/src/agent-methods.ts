/** The methods on processes, for every wire and the command line. */
import { type Method, toPid } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { actingOf } from "./acting.ts";
import { found, inspect, rowOf } from "./inspect-process.ts";
import type { ProcessService } from "./process-service.ts";

const pid = z.int().check(z.minimum(0));
const one = z.strictObject({ pid });

/** Makes the methods `agent.list`, `inspect`, `stop`, `restart`, `suspend` and `resume`. */
export function agentMethods(service: ProcessService): readonly Method[] {
  return [
    defineMethod({
      name: "agent.list",
      description: "Lists the processes that live, and with `exited` those that ended and were not reaped",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ exited: z._default(z.boolean(), false) }),
      run: ({ exited }) => ({
        agents: service
          .list()
          .filter((info) => info.pid !== 0 && (exited || info.state !== "exited"))
          .map(rowOf),
      }),
    }),
    defineMethod({
      name: "agent.inspect",
      description: "Shows one process with its capabilities and what of them binds its code",
      role: "viewer",
      mutates: false,
      input: one,
      run: (input) => inspect(service, found(service, input.pid)),
    }),
    defineMethod({
      name: "agent.stop",
      description: "Ends a process for good; asks it first unless `graceful` is false",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        pid,
        graceful: z.optional(z.boolean()),
        timeoutMs: z.optional(z.int().check(z.minimum(0), z.maximum(600_000))),
      }),
      async run({ pid: target, graceful, timeoutMs }, caller) {
        const now = service.follow(toPid(target));
        await service.stop(toPid(target), { graceful, timeoutMs }, actingOf(caller));
        return inspect(service, now());
      },
    }),
    defineMethod({
      name: "agent.restart",
      description: "Ends a process and starts its agent again under a new PID",
      role: "operator",
      mutates: true,
      input: one,
      async run(input, caller) {
        const handle = await service.restart(toPid(input.pid), actingOf(caller));
        return { oldPid: input.pid, pid: handle.pid, name: handle.name };
      },
    }),
    switching("suspend", "Holds messages back from a process until it is resumed", service),
    switching("resume", "Lets messages through to a suspended process", service),
  ];
}

function switching(verb: "suspend" | "resume", description: string, service: ProcessService): Method {
  return defineMethod({
    name: `agent.${verb}`,
    description,
    role: "operator",
    mutates: true,
    input: one,
    async run(input, caller) {
      const now = service.follow(toPid(input.pid));
      await service[verb](toPid(input.pid), actingOf(caller));
      return inspect(service, now());
    },
  });
}
