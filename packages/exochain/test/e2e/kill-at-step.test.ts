import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { isWeftError, type JsonObject } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChain, repairChain, verifyChain } from "../../src/index.ts";

/** One of so many steps is tried; all of them with `EXOCHAIN_KILL_STEPS=1`. */
const EVERY = Number(process.env.EXOCHAIN_KILL_STEPS ?? 9);
const SECRET = "a-name-that-must-go";
const EVENTS = 5;
const platform = nodePlatform();
const root = mkdtempSync(join(tmpdir(), "exochain-step-"));
const template = join(root, "template");
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(async () => {
  const chain = await openChain({ ...platform, dir: template });
  for (let n = 1; n < EVENTS; n++) {
    const payload: JsonObject = n === 2 ? { n, name: SECRET } : { n };
    await chain.append({ source: "t", kind: "t.happened", actor: {}, payload }).durable;
  }
  await chain.close();
});

type Work = "redact" | "rotate" | "repair";

/** Does work in a program of its own. @returns its steps when it came to its end; undefined when it was killed */
async function run(dir: string, work: Work, step: number): Promise<number | undefined> {
  const path = join(import.meta.dirname, "kill-at-step.ts");
  const child = spawn(process.execPath, ["--conditions=weftos-source", path, dir, work, String(step)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on("close", (...ended) => resolve(ended)),
  );
  expect([errors, code ?? signal]).toEqual(["", code === null ? "SIGKILL" : 0]);
  return code === null ? undefined : Number(out);
}

/** Kills the work at its steps, each time in a fresh copy of the chain, and looks at what is left. */
async function killed(work: Work, prepare: (dir: string) => void, look: (dir: string) => Promise<void>): Promise<void> {
  const whole = copy(`${work}-whole`);
  prepare(whole);
  const steps = await run(whole, work, 0);
  expect(steps).toBeGreaterThan(10);
  for (let step = 1; step <= Number(steps); step += EVERY) {
    const dir = copy(`${work}-${step}`);
    prepare(dir);
    expect(await run(dir, work, step)).toBeUndefined();
    try {
      await look(dir);
    } catch (cause) {
      throw new Error(`after ${work} was killed at step ${step} of ${steps}`, { cause });
    }
    rmSync(dir, { recursive: true });
  }
}

function copy(name: string): string {
  const dir = join(root, name);
  cpSync(template, dir, { recursive: true });
  return dir;
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());
}

const holdsSecret = (dir: string): boolean => filesBelow(dir).some((path) => readFileSync(path).includes(SECRET));

const TIMEOUT = { timeout: 60_000 + 400_000 / EVERY };

describe("kill -9 at any step of", () => {
  it(
    "a redaction leaves a chain that opens; once it is recorded, the content is gone from the disk",
    TIMEOUT,
    async () => {
      const seen = { before: 0, after: 0 };
      await killed(
        "redact",
        () => undefined,
        async (dir) => {
          const chain = await openChain({ ...platform, dir });
          let recorded = false;
          for await (const { payload } of chain.query({ kind: "chain.redacted" })) recorded = payload?.sequence === 2;
          expect((await chain.get(2)).redacted).toBe(recorded);
          expect(holdsSecret(dir)).toBe(!recorded);
          if (!recorded) {
            seen.before += 1;
            await chain.redact(2, "asked for");
          } else {
            seen.after += 1;
            await expect(chain.redact(2, "again")).rejects.toMatchObject({ code: "CHAIN_REDACTION_REFUSED" });
          }
          expect((await chain.get(3)).payload).toEqual({ n: 3 });
          await chain.close();
          expect(holdsSecret(dir)).toBe(false);
          expect(await verifyChain(platform.files, dir)).toMatchObject({ valid: true, tail: "closed", faults: [] });
        },
      );
      expect([seen.before > 0, seen.after > 0]).toEqual([true, true]);
    },
  );

  it(
    "a rotation of keys leaves a chain that opens under the old keys or the new ones, and can rotate",
    TIMEOUT,
    async () => {
      const lengths = new Set<number>();
      await killed(
        "rotate",
        () => undefined,
        async (dir) => {
          const chain = await openChain({ ...platform, dir });
          const before = await chain.keyHistory();
          lengths.add(before.length);
          await chain.append({ source: "t", kind: "t.happened", actor: {}, payload: {} }).durable;
          expect(await chain.verify()).toMatchObject({ valid: true, assurance: "signed", faults: [] });
          await chain.rotateKeys("again");
          expect(await chain.keyHistory()).toHaveLength(before.length + 1);
          await chain.close();
          const again = await openChain({ ...platform, dir });
          await again.close();
          expect(readdirSync(join(dir, "keys")).sort()).toEqual(["node.ed25519", "node.mldsa65"]);
          expect(await verifyChain(platform.files, dir)).toMatchObject({ valid: true, tail: "closed", faults: [] });
        },
      );
      expect([...lengths].sort()).toEqual([1, 2]);
    },
  );

  it(
    "a repair keeps the evidence byte for byte, refuses to open until it is finished, and can be finished",
    TIMEOUT,
    async () => {
      const codes = new Set<string>();
      const damage = (dir: string): void => {
        const path = join(dir, "chain/000000000000.rvf");
        const bytes = readFileSync(path);
        bytes[900] = (bytes[900] as number) ^ 0x10;
        writeFileSync(path, bytes);
        rmSync(join(dir, "cache"), { recursive: true });
      };
      const evidence = (dir: string): Map<string, string> =>
        new Map(
          filesBelow(join(dir, "chain")).map((path) => [relative(dir, path), readFileSync(path).toString("hex")]),
        );
      await killed("repair", damage, async (dir) => {
        const before = copy("evidence");
        damage(before);
        const opened = await openChain({ ...platform, dir }).catch((error: unknown) => error);
        const code = isWeftError(opened) ? opened.code : "OPEN";
        codes.add(code);
        if (opened instanceof Error) {
          expect(["CHAIN_DAMAGED", "CHAIN_REPAIR_UNFINISHED"]).toContain(code);
          expect(await repairChain({ ...platform, dir })).toMatchObject({ done: true });
        } else await (opened as Awaited<ReturnType<typeof openChain>>).close();
        const [quarantine = ""] = readdirSync(dir).filter((name) => name.startsWith("chain.damaged-"));
        expect(evidence(join(dir, quarantine))).toEqual(evidence(before));
        const chain = await openChain({ ...platform, dir });
        expect(chain.status().continues).toBeDefined();
        await chain.close();
        expect(await verifyChain(platform.files, dir)).toMatchObject({ valid: true, tail: "closed", faults: [] });
        rmSync(before, { recursive: true });
      });
      expect([...codes]).toEqual(expect.arrayContaining(["CHAIN_DAMAGED", "CHAIN_REPAIR_UNFINISHED"]));
    },
  );
});
