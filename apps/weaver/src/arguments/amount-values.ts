/** Reads amounts from `--budget` and `--limit`: words such as `tokens=1000`, `money=2.50`, `memory=64MiB`, `wall=10m`. Exact. */
import type { JsonObject } from "@weftos/interface";
import { UsageError } from "../failure/usage-error.ts";
import { suggest } from "./suggest.ts";

interface Reader {
  readonly read: (text: string) => number | undefined;
  /** For hints. */
  readonly example: string;
}

const sizes: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const times: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const count: Reader = { read: (text) => scaled(text, { "": 1 }), example: "10" };
const size: Reader = { read: (text) => scaled(text, sizes), example: "64MiB" };
const time: Reader = { read: (text) => scaled(text, times), example: "10s" };
const money: Reader = { read: micros, example: "1.25" };

/** What `--budget` takes: units of the method by the words for them. */
const budgetUnits: Readonly<Record<string, readonly [unit: string, reader: Reader]>> = {
  tokens: ["tokens", count],
  money: ["moneyMicros", money],
  tools: ["toolCalls", count],
  messages: ["messages", count],
  cpu: ["cpuMs", time],
};
const limitUnits: Readonly<Record<string, readonly [unit: string, reader: Reader]>> = {
  memory: ["memoryBytes", size],
  disk: ["diskBytes", size],
  cpu: ["cpuMs", time],
  wall: ["wallMs", time],
  messages: ["messages", count],
  tools: ["toolCalls", count],
};

/** For help. */
export const budgetHelp = "what it may spend: tokens=<n>, money=<1.25>, tools=<n>, messages=<n>, cpu=<10s>";
export const limitHelp =
  "the most of each start: memory=<64MiB>, disk=<1MiB>, cpu=<10s>, wall=<10m>, messages=<n>, tools=<n>";

/** @throws `API_USAGE` */
export function budgetOf(words: readonly string[]): JsonObject | undefined {
  return amountsOf("--budget", words, budgetUnits);
}

/** @throws `API_USAGE` */
export function limitsOf(words: readonly string[]): JsonObject | undefined {
  return amountsOf("--limit", words, limitUnits);
}

/** Reads the words of `budget grant`. @throws `API_USAGE` */
export function grantOf(words: readonly string[]): JsonObject {
  return amountsOf("<amount>", words, budgetUnits) ?? {};
}

/** Shows millionths of money with their fraction, exactly. */
export function moneyText(value: number): string {
  const whole = Math.floor(value / 1_000_000);
  const rest = String(value % 1_000_000).padStart(6, "0");
  return `${whole}.${rest.slice(0, 2)}${rest.slice(2).replace(/0+$/, "")}`;
}

function amountsOf(
  option: string,
  words: readonly string[],
  units: Readonly<Record<string, readonly [string, Reader]>>,
): JsonObject | undefined {
  if (words.length === 0) return undefined;
  const amounts: Record<string, number> = {};
  for (const word of words) {
    const [name = "", text = ""] = word.split("=", 2);
    const unit = Object.hasOwn(units, name) ? units[name] : undefined;
    if (unit === undefined) {
      const near = suggest(name, Object.keys(units));
      throw new UsageError(
        `${option} does not know ${JSON.stringify(name.slice(0, 64))}`,
        near === undefined ? `it takes ${Object.keys(units).join(", ")}` : `did you mean ${near}?`,
      );
    }
    const [field, { read, example }] = unit;
    const value = read(text);
    if (value === undefined || !Number.isSafeInteger(value)) {
      const got = JSON.stringify(text.slice(0, 64));
      throw new UsageError(`${option} ${name} has no amount in ${got}`, `such as ${name}=${example}`);
    }
    amounts[field] = value;
  }
  return amounts;
}

function scaled(text: string, scales: Readonly<Record<string, number>>): number | undefined {
  const [, digits, scale = ""] = /^(\d{1,15})([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(scales, scale) ? scales[scale] : undefined;
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** Millionths, without a float between: `2.5` is 2 500 000. */
function micros(text: string): number | undefined {
  const [, whole, fraction = ""] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  return whole === undefined ? undefined : Number(whole) * 1_000_000 + Number(fraction.padEnd(6, "0"));
}
