// `chain-query.ts <dir>`: first pages of many different queries by the index, and the same questions by a scan.
import { openChain } from "../../packages/exochain/src/index.ts";
import { type EventFilter, filterTest } from "../../packages/exochain/src/reader/event-filter.ts";
import { platform, report } from "./source-chain.ts";

const PAGE = 50;
const QUERIES = 400;
const [dir = ""] = process.argv.slice(2);
const chain = await openChain({ ...platform, dir });
const { events } = chain.status();
const from = (await chain.get(Math.floor(events / 2))).time;

function filterAt(i: number): EventFilter {
  const n = (i * 7919) % events;
  const kinds: readonly EventFilter[] = [
    { kind: "rare.*" },
    { action: "fs.remove" },
    { pid: 1 + (n % 500), kind: `area${n % 7}.*` },
    { agent: `agent-${n % 500}`, since: from },
    { agent: "agent-1", pid: 77 },
    {
      trace: Math.floor(n / 30)
        .toString(16)
        .padStart(32, "0"),
    },
    { approval: `approval-${n - (n % 5000)}` },
    { source: "net", action: "fs.remove", since: from },
  ];
  return kinds[i % kinds.length] ?? {};
}

async function page(stored: AsyncIterable<unknown>): Promise<number> {
  const started = performance.now();
  let found = 0;
  for await (const _event of stored) {
    found += 1;
    if (found === PAGE) break;
  }
  return performance.now() - started;
}

async function* scan(filter: EventFilter) {
  const matches = filterTest(filter);
  for await (const event of chain.range(0, events)) if (matches(event)) yield event;
}

// The index is read in the background after an opening; its first use waits for that, once for each start.
await page(chain.query({ source: "none" }));
const times: number[] = [];
for (let i = 0; i < QUERIES; i++) times.push(await page(chain.query(filterAt(i))));
times.sort((a, b) => a - b);
const scans: number[] = [];
for (let i = 0; i < 4; i++) scans.push(await page(scan(filterAt(i + 4))));
await chain.close();
report({ ours: times[Math.floor(QUERIES * 0.99)] ?? 0, median: times[QUERIES / 2] ?? 0, scan: Math.max(...scans) });
