import { parse } from "@weftos/schema";
import { memoryPlatform } from "@weftos/testkit";
import { expect, it } from "vitest";
import { Heartbeat } from "../../../src/backends/heartbeat.ts";
import { nodeKnows } from "../../../src/backends/node-permissions.ts";
import { ownBackends } from "../../../src/backends/own-backends.ts";
import { ProcessBackend } from "../../../src/backends/process-backend.ts";
import { Apart } from "../../../src/backends/run-apart.ts";
import { WorkerBackend } from "../../../src/backends/worker-backend.ts";
import { inputProblem } from "../../../src/input-invalid.ts";
import { processConfigSchema } from "../../../src/process-config.ts";

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };

it("says of a backend before it is loaded what the loaded one says", () => {
  const platform = memoryPlatform();
  const { clock } = platform;
  const events = { on: () => () => undefined };
  const given = { workerMemoryMb: 32, processMemoryMb: 48 };
  const config = parse(processConfigSchema, given, { what: "the configuration", error: inputProblem });
  const apart = new Apart(
    clock,
    new Heartbeat(clock, { intervalMs: config.heartbeatMs, hungMs: config.hungMs }),
    events,
  );
  const loaded = [
    new WorkerBackend(config.workerMemoryMb, apart),
    new ProcessBackend({ apart, disk: platform.files, memoryMb: config.processMemoryMb, knowsFlag: nodeKnows }),
  ];
  const [inline, ...late] = ownBackends({ clock, platform, logger: silent }, config, events);
  expect(inline?.name).toBe("inline");
  const told = ({ name, confines, measures, memoryBytes }: (typeof late)[number]) => ({
    name,
    confines,
    measures,
    memoryBytes,
  });
  expect(late.map(told)).toEqual(loaded.map(told));
});
