import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runIn } from "./fake-terminal.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weaver-law-"));
  const { code } = await runIn(folder, "init", "--environment", "development");
  expect(code).toBe(0);
  writeFileSync(
    join(folder, "rules.json"),
    JSON.stringify({
      rules: [
        {
          id: "NO-POINT",
          description: "no checkpoints by hand",
          branch: "legislative",
          severity: "blocking",
          condition: { actions: ["chain.checkpoint"] },
          outcome: { kind: "deny" },
        },
      ],
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const weaver = (...words: string[]) => runIn(folder, ...words);
async function json(...words: string[]) {
  const { code, out, err } = await weaver(...words, "--json");
  return { code, err, value: JSON.parse(out || "null") };
}

describe("weaver init", () => {
  it("makes an owner with a key for the owner alone, all branches, and a configuration; a second time changes nothing", async () => {
    const key = join(folder, ".weftos/keys/principals/owner.ed25519");
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "weave.toml"), "utf8")).toContain('environment = "development"');
    const { value } = await json("principal", "list");
    expect(value.principals).toMatchObject([
      { name: "owner", owner: true, role: "admin", branches: ["executive", "judicial", "legislative"] },
    ]);
    expect(await json("init")).toMatchObject({ code: 0, value: { new: false, owner: "owner" } });
    expect(await weaver("init", "--environment", "staging")).toMatchObject({ code: 2 });
    expect((await weaver("governance", "status")).out).toContain("the branches are not separated");
    const { value: log } = await json("kernel", "status");
    expect(log).toBeDefined();
  });
});

describe("weaver init that was cut short", () => {
  const words = ["init", "--environment", "production", "--name", "ann", "--json"];
  const keys = ".weftos/keys/principals";
  const config = "weave.toml";
  /** What each step leaves behind, as files: `half` of one, or as a whole `init` wrote it. */
  const steps: Readonly<Record<string, (at: string, whole: (file: string) => Uint8Array) => void>> = {
    "in the configuration": (at) => writeFileSync(join(at, `${config}.part`), "[kernel]\nenvi"),
    "after the configuration": (at, whole) => writeFileSync(join(at, config), whole(config)),
    "in the state directory": (at, whole) => {
      writeFileSync(join(at, config), whole(config));
      mkdirSync(join(at, ".weftos/keys"), { recursive: true, mode: 0o700 });
      writeFileSync(join(at, ".weftos/keys/node.ed25519"), whole(".weftos/keys/node.ed25519"), { mode: 0o600 });
    },
    "in the key": (at, whole) => {
      writeFileSync(join(at, config), whole(config));
      mkdirSync(join(at, keys), { recursive: true, mode: 0o700 });
      writeFileSync(join(at, keys, "ann.ed25519.part"), "half", { mode: 0o600 });
    },
    "after the key": (at, whole) => {
      writeFileSync(join(at, config), whole(config));
      mkdirSync(join(at, keys), { recursive: true, mode: 0o700 });
      writeFileSync(join(at, keys, "ann.ed25519"), whole(`${keys}/ann.ed25519`), { mode: 0o600 });
    },
  };
  let done = "";
  beforeAll(async () => {
    done = mkdtempSync(join(tmpdir(), "weaver-begun-"));
    expect(await runIn(done, ...words)).toMatchObject({ code: 0 });
  });
  afterAll(() => rmSync(done, { recursive: true }));

  it.each(Object.keys(steps))("%s goes on where it was when it is typed again", async (step) => {
    const at = mkdtempSync(join(tmpdir(), "weaver-again-"));
    steps[step]?.(at, (file) => readFileSync(join(done, file)));
    const { code, out } = await runIn(at, ...words);
    expect({ code, value: JSON.parse(out) }).toMatchObject({
      code: 0,
      value: { environment: "production", owner: "ann", new: true },
    });
    expect(readFileSync(join(at, config), "utf8")).toBe(readFileSync(join(done, config), "utf8"));
    expect(readdirSync(join(at, keys))).toEqual(["ann.ed25519"]);
    rmSync(at, { recursive: true });
  });

  it("changes nothing once it is done, and a configuration that says otherwise is refused", async () => {
    expect(JSON.parse((await runIn(done, ...words)).out)).toMatchObject({ owner: "ann", new: false });
    expect(await runIn(done, "init", "--environment", "staging")).toMatchObject({ code: 2 });
  });

  it("is named to who makes somebody known before there is an owner", async () => {
    const at = mkdtempSync(join(tmpdir(), "weaver-first-"));
    writeFileSync(join(at, config), readFileSync(join(done, config)));
    expect(await runIn(at, "kernel", "start")).toMatchObject({ code: 0 });
    try {
      const { code, err } = await runIn(at, "principal", "add", "bob", "--role", "approver");
      expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("init --name <name>") });
    } finally {
      await runIn(at, "kernel", "stop");
    }
    expect(await runIn(at, "init", "--name", "ann")).toMatchObject({ code: 0 });
    expect(await runIn(at, "principal", "add", "bob", "--role", "approver")).toMatchObject({ code: 0 });
    rmSync(at, { recursive: true });
  });
});

describe("weaver governance", () => {
  it("takes a rule from a file to law: rehearsed, signed on this side, enacted, explained", async () => {
    expect(await json("chain", "checkpoint")).toMatchObject({ code: 0 });
    const { value: rehearsed } = await json("governance", "rehearse", "rules.json");
    expect(rehearsed).toMatchObject({ changed: 1, changes: { "permit→deny": 1 } });
    expect((await weaver("governance", "rehearse", "rules.json")).out).toContain("NO-POINT (deny) matches");
    const { value: proposal } = await json(
      "governance",
      "amend",
      "propose",
      "rules.json",
      "--reason",
      "we sign by time",
    );
    const { id } = proposal;
    const early = await weaver("governance", "amend", "enact", id, "--yes");
    expect(early).toMatchObject({
      code: 1,
      err: expect.stringContaining(`hint: weaver governance amend rehearse ${id.slice(0, 16)}`),
    });
    const whole = (await weaver("governance", "amend", "show", id)).out;
    expect(whole).toContain(
      "NO-POINT: deny (legislative, blocking): no checkpoints by hand\n             actions chain.checkpoint",
    );
    expect(whole).toMatch(/amend rehearse [\s\S]+amend sign [\s\S]+amend enact /);
    expect(await weaver("governance", "amend", "rehearse", id)).toMatchObject({ code: 0 });
    const signed = (await weaver("governance", "amend", "sign", id)).out;
    expect(signed).toContain("1 of 1: owner");
    expect(signed).not.toMatch(/amend (?:rehearse|sign)/);
    expect((await weaver("governance", "amend", "enact", id, "--yes")).out).toContain("version 1 is the law");
    expect(await json("chain", "checkpoint")).toMatchObject({
      code: 1,
      value: { error: { code: "GOVERNANCE_DENIED" } },
    });
    expect((await weaver("governance", "history")).out).toContain("we sign by time");
    expect((await weaver("governance", "diff")).out).toContain(
      "+ NO-POINT: deny (legislative, blocking): no checkpoints by hand\n    actions chain.checkpoint",
    );
    const { value: denied } = await json("chain", "query", "--kind", "governance.deny");
    const { out } = await weaver("governance", "explain", String(denied.events[0].sequence));
    expect(out).toContain("permit, had actions not been chain.checkpoint");
    expect((await weaver("governance", "review")).out).toContain("nothing found");
    expect((await weaver("governance", "rules")).out).toContain("NO-POINT");
    const one = (await weaver("governance", "rules", "gov-002")).out;
    expect(one).toMatch(/outcome +defer to one person of the role approver within 1 d/);
    expect(one).toMatch(/matches +actions net\.\*/);
    expect(await weaver("governance", "rules", "GOV-999")).toMatchObject({ code: 1 });
  });

  it("tells what the rules would say, holds permits back, and names mistakes by file", async () => {
    expect((await weaver("governance", "check", "net.post")).out).toContain("would be  defer");
    writeFileSync(
      join(folder, "net.toml"),
      '[[rules]]\nid = "NO-NET"\ndescription = "d"\nbranch = "executive"\nseverity = "blocking"\ncondition = { actions = ["net.*"] }\noutcome = { kind = "deny" }\n',
    );
    expect((await weaver("governance", "check", "net.post", "--policy", "net.toml")).out).toContain("would be  deny");
    const facts = ["--attributes", '{"kind":"folder"}'];
    expect(await json("governance", "check", "fs.remove", ...facts)).toMatchObject({ value: { verdict: "deny" } });
    expect(await json("governance", "check", "net.post", "--as", "owner")).toMatchObject({
      value: { verdict: "defer" },
    });
    expect((await weaver("principal", "whoami")).out).toMatch(/role +admin, owner of this state directory/);
    expect(await weaver("governance", "check", "net.post", "--as", "77")).toMatchObject({ code: 1 });
    expect(await json("governance", "check", "net.post", "--as", "nobody")).toMatchObject({
      code: 1,
      value: { error: { code: "GOVERNANCE_LAW_NOT_FOUND" } },
    });
    const stay = ["governance", "stay", "GOV-006", "--reason", "a test"];
    expect((await weaver(...stay, "--finding", "0")).err).toContain("event 0 is no finding of the judicial branch");
    expect(await weaver(...stay)).toMatchObject({ code: 0 });
    expect((await weaver("governance", "rules", "GOV-006")).out).toContain("permit, stayed by owner since ");
    expect((await weaver("governance", "status")).out).toContain("GOV-006, by owner: a test");
    expect(await weaver("governance", "lift", "GOV-006")).toMatchObject({ code: 0 });
    writeFileSync(join(folder, "wrong.toml"), '[[rules]]\nid = "A"\n');
    const wrong = await weaver("governance", "rehearse", "wrong.toml");
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.err).toContain("rule A: wrong.toml");
    expect(await weaver("governance", "rehearse", "absent.toml")).toMatchObject({ code: 2 });
  });
});

describe("weaver principal", () => {
  it("adds somebody with a key made here, gives a token once, a new key, and revokes", async () => {
    const { code, out } = await weaver("principal", "add", "ann", "--role", "approver");
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("executive") });
    const key = join(folder, ".weftos/keys/principals/ann.ed25519");
    expect(existsSync(key)).toBe(true);
    expect(await weaver("principal", "token", "ann")).toMatchObject({ code: 1 });
    expect((await weaver("principal", "token", "ann", "--consent", "ann")).out).toMatch(/^[0-9a-f]{64}\n/);
    const tom = ["principal", "add", "tom", "--role", "approver", "--consent"];
    const keys = () => readdirSync(dirname(key)).sort();
    const own = ["ann.ed25519", "owner.ed25519"];
    expect(await weaver(...tom, "zoe")).toMatchObject({ code: 2 });
    expect(keys()).toEqual(own);
    expect(await weaver(...tom, `ann=${key}`)).toMatchObject({ code: 0 });
    // What was cut short before, and is refused now, leaves nothing behind either.
    rmSync(join(dirname(key), "tom.ed25519"));
    writeFileSync(join(dirname(key), "tom.ed25519.new"), new Uint8Array(32), { mode: 0o600 });
    const taken = ["principal", "add", "tom"];
    expect(await json(...taken)).toMatchObject({ value: { error: { code: "GOVERNANCE_PRINCIPAL_CONFLICT" } } });
    expect(keys()).toEqual(own);
    const { value: before } = await json("principal", "list");
    expect((await weaver("principal", "rotate", "ann")).out).toMatch(
      /token +ended with the old key[\s\S]+weaver principal token ann --consent ann\n/,
    );
    const { value: after } = await json("principal", "list");
    expect(after.principals[1].formerKeys[0].key).toBe(before.principals[1].key);
    // Cut short behind the kernel's answer, before or between the two steps that follow it, a rotation is made up for.
    const kept = readdirSync(dirname(key)).find((name) => name.startsWith("ann.ed25519.before-")) ?? "";
    renameSync(key, `${key}.new`);
    renameSync(join(dirname(key), kept), key);
    expect(await weaver("principal", "token", "ann", "--consent", "ann")).toMatchObject({ code: 0 });
    renameSync(key, `${key}.new`);
    expect(await weaver("principal", "rotate", "ann")).toMatchObject({ code: 0 });
    expect(existsSync(`${key}.new`)).toBe(false);
    chmodSync(key, 0o644);
    const { value } = await json("governance", "amend", "propose", "rules.json", "--reason", "again");
    expect(value.error.code).toBe("GOVERNANCE_AMENDMENT_STATE");
    expect(await weaver("principal", "revoke", "ann", "--yes")).toMatchObject({ code: 0 });
    expect((await weaver("principal", "list")).out).toContain("revoked");
    expect(await weaver("principal", "add", "eve", "--branches", "royal")).toMatchObject({ code: 2 });
    expect(await weaver("principal", "add", "Eve")).toMatchObject({ code: 2 });
    expect(existsSync(join(dirname(key), "Eve.ed25519"))).toBe(false);
  });
});

describe("weaver env", () => {
  it("adds, switches and shows environments", async () => {
    const add = ["--threshold", "0.25", "--ask"];
    expect(await weaver("env", "add", "lab", ...add)).toMatchObject({ code: 0 });
    expect((await weaver("env", "switch", "lab")).out).toContain("0.25");
    expect((await weaver("env", "list")).out).toContain("lab (in force)");
    expect((await weaver("env", "show", "production")).out).toContain("a person is asked");
    expect(await weaver("env", "add", "lab2", "--threshold", "much")).toMatchObject({ code: 2 });
  });
});
