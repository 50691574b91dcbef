import { join } from "node:path";
import type { Benchmark, Goal } from "../benchmark.ts";
import { timeNode } from "../processes.ts";

const children = join(import.meta.dirname, "children");

/** Runs a child that prints figures as JSON: ours from source, the rivals as they are installed. */
async function figures(...args: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await timeNode(["--expose-gc", "--conditions=weftos-source", ...args]);
  return JSON.parse(stdout) as Record<string, number>;
}

async function figure(name: string, ...args: readonly string[]): Promise<number> {
  const value = (await figures(...args))[name];
  if (value === undefined) throw new Error(`expected a figure ${name} from ${args.join(" ")}`);
  return value;
}

const ours = (what: string, name = "perSecond"): Promise<number> => figure(name, join(children, "ours.ts"), what);
const rival = (what: string, name = "perSecond"): Promise<number> => figure(name, join(children, "rivals.mjs"), what);

function benchmark(
  subject: string,
  unit: string,
  goal: Goal,
  mine: () => Promise<number>,
  rivals: Readonly<Record<string, () => Promise<number>>> = {},
): Benchmark {
  return {
    package: "ipc",
    subject,
    unit,
    goal,
    rounds: 3,
    async round() {
      const others: Record<string, number> = {};
      for (const [name, run] of Object.entries(rivals)) others[name] = await run();
      return { ours: await mine(), rivals: others };
    },
  };
}

/** As `benchmark`, with ours as a multiple of the fastest of some rivals, measured just before it; the others are only shown. */
function multiple(
  subject: string,
  goal: Goal,
  mine: () => Promise<number>,
  over: Readonly<Record<string, () => Promise<number>>>,
  shown: Readonly<Record<string, () => Promise<number>>> = {},
): Benchmark {
  const row = benchmark(subject, "times", goal, mine, { ...over, ...shown });
  return {
    ...row,
    async round() {
      const { ours: own, rivals } = await row.round();
      const best = Math.max(...Object.keys(over).map((name) => rivals[name] ?? Number.NaN));
      return { ours: own / best, rivals: { "ours, a second": own, ...rivals } };
    },
  };
}

const actors = { "nact dispatch": () => rival("nactDispatch"), "xstate send": () => rival("xstateSend") };

export const benchmarks: readonly Benchmark[] = [
  benchmark(
    "message between inline agents, checked, gated and recorded",
    "messages/s",
    { atLeast: 1_000_000 },
    () => ours("send"),
    { "bare array queue": () => rival("arrayQueue") },
  ),
  multiple(
    "message between inline agents, by the faster of two that neither check nor record",
    { atLeast: 1.5 },
    () => ours("send"),
    actors,
  ),
  multiple(
    "request and reply between inline agents, one after the other, by nact's",
    { atLeast: 1.5 },
    () => ours("request"),
    { "nact query": () => rival("nactQuery") },
    { "moleculer local call": () => rival("moleculerCall") },
  ),
  benchmark(
    "request and reply between inline agents, the middle one",
    "µs",
    { atMost: 5 },
    () => ours("request", "p50us"),
    { "nact query": () => rival("nactQuery", "p50us") },
  ),
  benchmark("deliveries of a topic with 1000 subscribers, each read", "deliveries/s", { atLeast: 3_000_000 }, () =>
    ours("fanOut"),
  ),
  benchmark("publishing with 100 000 subscriptions present, over 100", "times", { atMost: 2 }, () =>
    ours("topics", "ratio"),
  ),
  benchmark(
    "request and reply of a worker agent, 256 at once",
    "requests/s",
    { atLeast: 50_000 },
    () => ours("worker"),
    { "bare postMessage": () => rival("barePostMessage") },
  ),
  benchmark("memory of a waiting message beside its payload", "bytes", { atMost: 300 }, () => ours("bytes", "bytes")),
];
