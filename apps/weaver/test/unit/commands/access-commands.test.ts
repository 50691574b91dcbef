import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Kernel } from "weftos";
import { runIn } from "./fake-terminal.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weaver-access-"));
  await (await Kernel.boot({ dir: join(folder, ".weftos") })).shutdown();
});
afterAll(() => rmSync(folder, { recursive: true }));

const weaver = (...words: string[]) => runIn(folder, ...words);
async function json(...words: string[]) {
  const { code, out } = await weaver(...words, "--json");
  return { code, value: JSON.parse(out) };
}

describe("weaver resource acl", () => {
  it("allows, denies, shows, answers and removes, over kernels that come and go", async () => {
    expect((await weaver("resource", "acl", "show", "/apps")).out).toContain("nothing is said of /apps");
    const allowed = await weaver("resource", "acl", "allow", "/apps", "principal:ada", "--permission", "read,write");
    expect(allowed).toMatchObject({ code: 0, out: expect.stringContaining("added 1") });
    await weaver("resource", "acl", "deny", "/", "principal:ada", "--permission", "write");
    const shown = await weaver("resource", "acl", "show", "/apps");
    expect(shown.out).toMatch(/allow\s+principal:ada\s+read, write\s+here and below/);
    expect(shown.out).toMatch(/deny\s+principal:ada\s+write\s+\//);
    expect(await weaver("resource", "allows", "/apps", "principal:ada", "read")).toMatchObject({
      code: 0,
      out: expect.stringContaining("allowed: the list of /apps says allow to principal:ada"),
    });
    expect(await weaver("resource", "allows", "/apps", "principal:ada", "write")).toMatchObject({
      code: 1,
      out: expect.stringContaining("not allowed: the list of / says deny to principal:ada"),
    });
    expect((await json("resource", "inspect", "/apps")).value).toMatchObject({
      access: [{ subject: "principal:ada" }],
    });
    expect((await weaver("resource", "inspect", "/apps")).out).toContain("allow principal:ada read, write");
    await weaver("resource", "acl", "remove", "/", "principal:ada", "--effect", "deny");
    expect((await json("resource", "allows", "/apps", "principal:ada", "write")).value).toMatchObject({
      allowed: true,
      reason: "allow",
    });
    expect(await json("resource", "verify")).toMatchObject({ code: 0, value: { valid: true } });
    expect(await json("chain", "verify")).toMatchObject({ code: 0, value: { valid: true } });
  });

  it("says what is missing or wrong", async () => {
    expect(await weaver("resource", "acl", "allow", "/apps", "principal:ada")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--permission read,write"),
    });
    expect(await json("resource", "acl", "allow", "/apps", "ada", "--permission", "read")).toMatchObject({
      value: { error: { code: "API_INVALID_PARAMS" } },
    });
    expect(await json("resource", "acl", "remove", "/apps", "principal:nobody")).toMatchObject({
      code: 1,
      value: { error: { code: "TREE_CHANGE_INVALID" } },
    });
    expect((await weaver("resource", "acl", "deny", "--help")).out).toContain("weaver resource acl deny /apps");
  });
});

describe("weaver resource delegate", () => {
  it("passes on, lists, and takes back", async () => {
    const made = await weaver(
      "resource",
      "delegate",
      "/apps",
      "principal:bob",
      "--permission",
      "read",
      "--for",
      "8h",
      "--further",
      "1",
    );
    const id = /[0-9a-f]{32}/.exec(made.out)?.[0] ?? "";
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining(`resource revoke ${id}`) });
    expect(await weaver("resource", "allows", "/apps", "principal:bob", "read")).toMatchObject({
      code: 0,
      out: expect.stringContaining(`by delegation ${id}`),
    });
    expect((await weaver("resource", "delegations")).out).toMatch(
      new RegExp(`${id}\\s+yes\\s+principal:owner\\s+principal:bob`),
    );
    expect(await weaver("resource", "revoke", id)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`revoked ${id}`),
    });
    expect((await weaver("resource", "delegations", "/apps", "--to", "principal:bob")).out).toMatch(
      new RegExp(`${id}\\s+revoked`),
    );
    expect(await json("resource", "allows", "/apps", "principal:bob", "read")).toMatchObject({
      code: 1,
      value: { allowed: false, reason: "default" },
    });
    expect(await json("resource", "delegate", "/apps", "role:viewer", "--permission", "read")).toMatchObject({
      code: 1,
      value: { error: { code: "TREE_CHANGE_INVALID" } },
    });
  });
});
