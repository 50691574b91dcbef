import { parseToml, validateDocument } from "@weftos/schema";
import { describe, expect, it } from "vitest";
import { manifestSpawn } from "../../../src/manifest/manifest-options.ts";
import { manifestSchema } from "../../../src/manifest/manifest-schema.ts";

const read = async (text: string) =>
  manifestSpawn(
    validateDocument(manifestSchema, await parseToml(`module = "./clerk.ts"\n${text}`, { file: "clerk.agent.toml" })),
    "/srv/agents",
  );

describe("what a manifest says", () => {
  it("means options of spawn, all of it", async () => {
    const { module, options, dependencies } = await read(`
name = "clerk"
role = "service"
version = "1.2.0"
description = "answers questions"
tools = ["fs.*"]
topics_publish = ["answers.*"]
topics_subscribe = ["questions.>"]
filesystem_access = ["read:docs", "write:/srv/out", "own:work"]
[labels]
team = "support"
[resources]
max_memory_mb = 64
max_concurrent_requests = 10
priority = "high"
[interface]
protocol = "ipc"
request_topic = "clerk.requests"
response_mode = "direct"
[health]
check_interval_secs = 30
timeout_secs = 0.5
restart_policy = "always"
max_restarts = 3
[dependencies]
requires = ["store"]
after = ["cache"]
[capabilities]
can_spawn = false
`);
    expect(module).toBe("./clerk.ts");
    expect(dependencies).toEqual({ requires: ["store"], after: ["cache"] });
    expect(options).toEqual({
      name: "clerk",
      agency: "service",
      profile: { version: "1.2.0", description: "answers questions", priority: "high", labels: { team: "support" } },
      topics: ["questions.>", "clerk.requests"],
      mailboxLimit: 10,
      limits: { memoryBytes: 67_108_864 },
      restart: { type: "permanent", maxRestarts: 3 },
      probes: { liveness: { request: { check: "health" }, intervalMs: 30_000, timeoutMs: 500 } },
      capabilities: {
        canSpawn: false,
        tools: { allow: ["fs.*"] },
        files: { read: ["/srv/agents/docs"], write: ["/srv/out"], own: ["/srv/agents/work"] },
        ipcScope: { kind: "topic", topics: ["answers.*", "questions.>", "clerk.requests"] },
      },
    });
  });

  it("leaves out what it does not say", async () => {
    expect(await read("")).toEqual({ module: "./clerk.ts", options: {}, dependencies: undefined });
  });

  it.each([
    ["never", "temporary"],
    ["on-failure", "transient"],
    ["always", "permanent"],
  ])("restarts %s as %s", async (policy, type) => {
    expect((await read(`[health]\nrestart_policy = "${policy}"`)).options).toEqual({ restart: { type } });
  });

  it("keeps what stands beside it: other limits, another probe", async () => {
    const { options } = await read(`
[limits]
wall_ms = 5
[resources]
max_memory_mb = 1
[probes.readiness]
request = "ready?"
[health]
check_interval_secs = 1
`);
    expect(options.limits).toEqual({ wallMs: 5, memoryBytes: 1_048_576 });
    expect(options.probes).toEqual({
      readiness: { request: "ready?" },
      liveness: { request: { check: "health" }, intervalMs: 1000 },
    });
  });

  it.each([
    ["role and agency", 'role = "worker"\nagency = "worker"', "role"],
    ["tools and those of the capabilities", 'tools = ["a"]\n[capabilities.tools]\nallow = ["b"]', "tools"],
    ["files twice", 'filesystem_access = ["read:/a"]\n[capabilities.files]\nread = ["/b"]', "filesystem_access"],
    ["a scope twice", 'topics_publish = ["a"]\n[capabilities.ipc_scope]\nkind = "all"', "topics_publish"],
    ["a restart twice", '[health]\nmax_restarts = 1\n[restart]\ntype = "permanent"', "max_restarts"],
    ["a profile twice", 'version = "1"\n[profile]\nversion = "2"', "version"],
    ["memory twice", "[resources]\nmax_memory_mb = 1\n[limits]\nmemory_bytes = 5", "max_memory_mb"],
  ])("is said once: %s", async (_, text, word) => {
    await expect(read(text)).rejects.toThrow(new RegExp(`${word}.*not both`, "s"));
  });

  it.each([
    ["another protocol, which nobody serves", '[interface]\nprotocol = "rest"'],
    ["another way to answer", '[interface]\nresponse_mode = "broadcast"'],
    ["a priority without a name", '[resources]\npriority = "urgent"'],
    ["access of no kind", 'filesystem_access = ["/srv"]'],
    ["a word that nobody reads", "[health]\ncolour = 1"],
    ["a label that is no text", "[labels]\na = 1"],
    ["an interval of nothing", "[health]\ncheck_interval_secs = 0"],
  ])("is refused where it is %s", async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
