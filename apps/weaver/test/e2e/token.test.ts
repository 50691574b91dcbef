import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Workplace, workplace } from "./weaver-process.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let weaver: Workplace;
beforeEach(async () => {
  weaver = workplace();
  expect((await weaver.run("init", "--environment", "staging", "--name", "olivia")).code).toBe(0);
  await weaver.run("kernel", "start");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await weaver.run("kernel", "stop");
  await weaver.close();
});

it("with the token of a principal, commands are that principal's: its role, its branches, its name in the record", async () => {
  const added = await weaver.run("principal", "add", "eve", "--role", "viewer");
  expect(added.out).toMatch(/secret key +\/.*eve\.ed25519\n/);
  const token = (await weaver.run("principal", "token", "eve", "--consent", "eve")).out.split("\n")[0] ?? "";
  expect(token).toMatch(/^[0-9a-f]{64}$/);

  vi.stubEnv("WEAVER_TOKEN", token);
  expect((await weaver.run("approvals", "list")).code).toBe(0);
  expect((await weaver.run("principal", "add", "mole", "--role", "admin")).err).toContain("API_FORBIDDEN");
  expect((await weaver.json("principal", "whoami")).value).toMatchObject({ name: "eve", role: "viewer" });
  // Who signs is who calls, unless it is said.
  expect((await weaver.run("approvals", "deny", "0198c0de-0000-7000-8000-000000000001")).err).toContain("got viewer");
  vi.stubEnv("WEAVER_TOKEN", "00".repeat(32));
  expect((await weaver.run("approvals", "list")).err).toContain("API_UNAUTHENTICATED");

  vi.stubEnv("WEAVER_TOKEN", "");
  expect((await weaver.run("principal", "revoke", "eve", "--yes")).code).toBe(0);
  vi.stubEnv("WEAVER_TOKEN", token);
  expect((await weaver.run("approvals", "list")).err).toContain("API_UNAUTHENTICATED");

  // Without a kernel that runs, nobody but the owner could be meant.
  vi.stubEnv("WEAVER_TOKEN", "");
  await weaver.run("kernel", "stop");
  vi.stubEnv("WEAVER_TOKEN", token);
  expect(await weaver.run("principal", "list")).toMatchObject({
    code: 3,
    err: expect.stringMatching(/without WEAVER_TOKEN/),
  });
});
