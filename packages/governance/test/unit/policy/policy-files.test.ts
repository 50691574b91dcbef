import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, it } from "vitest";
import { readPolicyFiles } from "../../../src/policy/policy-files.ts";
import { createDouble, type KernelDouble } from "../../kernel-double.ts";
import { admin } from "../../people.ts";
import { declare, rule } from "../decision/subject-of-tests.ts";

const FOLDER = "/etc/weft";
const place = (index: number) => ({ source: `${FOLDER}/weave.toml`, line: 10 + index });

/** A rule as TOML. */
const toml = (id: string, action = "demo.act", outcome = "deny"): string =>
  `[[rules]]\nid = "${id}"\ndescription = "d"\nbranch = "executive"\nseverity = "blocking"\ncondition = { actions = ["${action}"] }\noutcome = { kind = "${outcome}" }\n`;

async function folderOf(texts: Readonly<Record<string, string | Uint8Array>>) {
  const platform = memoryPlatform();
  const { files } = platform;
  await files.makeFolder(FOLDER);
  for (const [name, text] of Object.entries(texts)) {
    const path = `${FOLDER}/${name}`;
    await files.makeFolder(path.slice(0, path.lastIndexOf("/")));
    await files.writeAtomic(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
  }
  return platform;
}

async function boot(texts: Readonly<Record<string, string>>, config: object): Promise<KernelDouble> {
  const platform = await folderOf(texts);
  const kernel = createDouble({ config, platform });
  kernel.declarations.set("demo.act", declare("demo.act"));
  return kernel;
}

const ask = (kernel: KernelDouble) =>
  kernel.governance.check({ action: "demo.act", subject: { kind: "process", id: "7" }, resource: "", attributes: {} });

describe("policy files of the configuration", () => {
  it("are read in the order of the entries, TOML and JSON, each once; hidden ones and folders are none", async () => {
    const { files } = await folderOf({
      "policies/b.toml": toml("B"),
      "policies/a.json": JSON.stringify({ $schema: "https://example.com/policy.json", rules: [rule("A")] }),
      "policies/.c.toml.swp.toml": "not a policy",
      "policies/more.toml/d.toml": toml("D"),
      "first.toml": `\n${toml("F")}`,
    });
    const { policies, unmatched } = await readPolicyFiles(
      files,
      FOLDER,
      ["first.toml", "policies/*.json", "policies/*.toml", "policies/b.toml", "*.json"],
      place,
    );
    expect(policies.map(({ source, policy }) => [source, policy.rules[0]?.id])).toEqual([
      ["first.toml", "F"],
      ["policies/a.json", "A"],
      ["policies/b.toml", "B"],
    ]);
    expect(policies[0]?.lineOf("F")).toBe(2);
    expect(policies[0]?.lineOf("B")).toBeUndefined();
    expect(unmatched).toEqual(["*.json"]);
  });

  it("bind from the boot on, are recorded, and are told when a pattern matches none", async () => {
    const kernel = await boot({ "policies/a.toml": toml("FILE-1") }, { policies: ["policies/*.toml", "*.json"] });
    await kernel.start();
    expect(ask(kernel)).toMatchObject({ verdict: "deny", rules: [{ id: "FILE-1" }] });
    const recorded = kernel.audit.recorded.filter(({ kind }) => kind === "governance.rule");
    expect(recorded.map(({ payload }) => payload.id)).toContain("FILE-1");
    expect(kernel.reports).toContain("no policy file matches *.json");
    expect(await kernel.method("governance.status").call({}, admin)).toMatchObject({
      beside: [{ source: "policies/a.toml", rules: 1 }],
    });
  });

  it("are told at boot where they permit beyond the law", async () => {
    const kernel = await boot({ "a.toml": toml("LAX", "demo.act", "permit") }, { policies: ["a.toml"] });
    await kernel.start();
    expect(kernel.reports).toContain("the configuration permits beyond the law of this chain: LAX");
  });

  it.each<[string, Record<string, string>, object, RegExp]>([
    [
      "two files with one id, by both places",
      { "policies/a.toml": toml("X"), "policies/b.toml": `${toml("Y")}\n${toml("x")}` },
      { policies: ["policies/*.toml"] },
      /^policies\/b\.toml:9: rule x: expected an id that no other rule has, got that of X of policies\/a\.toml:1$/,
    ],
    [
      "a file and the configuration with one id",
      { "a.toml": toml("X") },
      { policies: ["a.toml"], rules: [rule("W"), rule("X")] },
      /^a\.toml:1: rule X: .* got that of X of \/etc\/weft\/weave\.toml:101$/,
    ],
    [
      "a file with the id of a genesis rule",
      { "a.toml": toml("gov-001") },
      { policies: ["a.toml"] },
      /^a\.toml:1: rule gov-001: .* got that of GOV-001 of the law of this chain$/,
    ],
    [
      "a mistake in one, by file, line and rule",
      { "a.toml": toml("A"), "b.toml": toml("B").replace("blocking", "fatal") },
      { policies: ["*.toml"] },
      /^rule B: b\.toml:5: rules\[0\]\.severity/,
    ],
    [
      "one that is not there",
      {},
      { policies: ["gone.toml"] },
      /weave\.toml:100: .*expected a policy file at \/etc\/weft\/gone\.toml, got none \(ENOENT\)/,
    ],
    [
      "a folder that is not there",
      {},
      { policies: ["gone/*.toml"] },
      /weave\.toml:100: .*expected a folder of policy files at \/etc\/weft\/gone, got none \(ENOENT\)/,
    ],
  ])("stop the boot: %s", async (_what, texts, config, message) => {
    const kernel = await boot(texts, config);
    await expect(kernel.start()).rejects.toMatchObject({
      code: "GOVERNANCE_POLICY_INVALID",
      message: expect.stringMatching(message),
    });
    expect(ask(kernel).verdict).toBe("deny");
  });

  it.each([
    "/etc/passwd.toml",
    "../other.toml",
    "a/../../b.toml",
    "./a.toml",
    "a//b.toml",
    "a\\b.toml",
    "po*/a.toml",
    "notes.txt",
    "",
  ])("are no path such as %j", (entry) => {
    expect(() => createDouble({ config: { policies: [entry] } })).toThrow(
      expect.objectContaining({ code: "GOVERNANCE_POLICY_INVALID" }),
    );
  });

  it("are refused when a link leads out of the folder, and when they are no text", async () => {
    const { files } = await folderOf({ "a.toml": toml("A"), "raw.toml": new Uint8Array([0xff, 0xfe]) });
    const linked = {
      list: (path: string) => files.list(path),
      read: (path: string) => files.read(path),
      realPath: async (path: string) => (path === FOLDER ? FOLDER : "/etc/weft-other/a.toml"),
    };
    await expect(readPolicyFiles(linked, FOLDER, ["a.toml"], place)).rejects.toThrow(
      "expected the policy file a.toml below /etc/weft, got a link that leads to /etc/weft-other/a.toml",
    );
    await expect(readPolicyFiles(files, FOLDER, ["raw.toml"], place)).rejects.toThrow("got bytes that are no UTF-8");
  });

  it("are 256 at most", async () => {
    const names = Array.from({ length: 257 }, (_, index) => [`p/${index}.toml`, toml(`R-${index}`)] as const);
    const { files } = await folderOf(Object.fromEntries(names));
    await expect(readPolicyFiles(files, FOLDER, ["p/*.toml"], place)).rejects.toThrow(
      "at most 256 policy files, got 257",
    );
  });
});

describe("a changed policy file", () => {
  it("can be rehearsed and asked before it is in force: its rules take the place of those with the same id", async () => {
    const kernel = await boot({ "a.toml": toml("FILE-1") }, { policies: ["a.toml"] });
    await kernel.start();
    const text = toml("FILE-1", "demo.act", "warn");
    const request = { action: "demo.act", text, file: "a.toml" };
    expect(await kernel.method("governance.check").call(request, admin)).toMatchObject({ verdict: "permit" });
    expect(await kernel.method("governance.check").call({ action: "demo.act" }, admin)).toMatchObject({
      verdict: "deny",
    });
    const run = (): string => "ran";
    const call = { action: "demo.act", subject: admin.subject, resource: "", attributes: {} };
    await expect(kernel.guard.perform(call, run)).rejects.toMatchObject({ code: "GOVERNANCE_DENIED" });
    const found = await kernel.method("governance.rehearse").call({ text, file: "a.toml" }, admin);
    expect(found).toMatchObject({ decisions: 1, changes: { "deny→permit": 1 } });
    const wrong = kernel.method("governance.check").call({ ...request, text: "rules = 5" }, admin);
    await expect(wrong).rejects.toMatchObject({ code: "GOVERNANCE_POLICY_INVALID" });
  });
});
