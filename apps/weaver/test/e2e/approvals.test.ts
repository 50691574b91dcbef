import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineAgent, isWeftError, Kernel } from "weftos";
import { waitForEnd } from "../../src/daemon/wait-for-end.ts";
import { type Workplace, workplace } from "./weaver-process.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let weaver: Workplace;
let server: Server;
let received: string[];
let url = "";

beforeEach(async () => {
  weaver = workplace();
  received = [];
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push(body);
      response.end("thanks");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
});

afterEach(async () => {
  await new Promise((closed) => server.close(closed));
  await weaver.close();
});

/** A program whose agent asks for something that a person must allow, and ends. Gives the id of the question. */
async function askAndEnd(): Promise<string> {
  const kernel = await Kernel.boot({ dir: weaver.dir });
  let pending = "";
  const assistant = defineAgent({
    name: "assistant",
    async run(agent) {
      try {
        await agent.tools.call("http.post", { url, body: "the report" });
      } catch (error) {
        if (!isWeftError(error, "APPROVAL_PENDING")) throw error;
        pending = (error.details as { approval: string }).approval;
      }
    },
  });
  const handle = await kernel.process.spawn(assistant, {
    capabilities: { canExecTools: true, canNetwork: true, tools: { allow: ["http.*"] } },
  });
  expect(await handle.exited).toEqual({ kind: "normal" });
  await kernel.shutdown();
  return pending;
}

describe("an approval that outlives its program", () => {
  it("is listed, shown, approved and run once, without a daemon", async () => {
    const id = await askAndEnd();
    const list = await weaver.json("approvals", "list");
    expect(list.value).toMatchObject({ approvals: [{ id, state: "pending", agent: "assistant", action: "net.post" }] });
    const shown = await weaver.run("approvals", "show", id);
    expect(shown.out).toContain(url);
    expect(shown.out).toContain("the report");
    expect(received).toEqual([]);

    const approved = await weaver.run("approvals", "approve", id, "--comment", "fine by me");
    expect(approved).toMatchObject({ code: 0, err: "" });
    expect(approved.out).toContain("it succeeded");
    expect(received).toEqual(["the report"]);

    const again = await weaver.run("approvals", "approve", id);
    expect(again.code).toBe(1);
    expect(again.err).toContain("error[APPROVAL_");
    expect(received).toHaveLength(1);

    const record = await weaver.json("action", "show", id);
    expect(record).toMatchObject({
      code: 0,
      value: { action: "net.post", agent: "assistant", outcome: "ok", approval: id },
    });
    expect((await weaver.json("chain", "verify")).value).toMatchObject({ valid: true });
  });

  it("is denied through a daemon, and never runs", async () => {
    const id = await askAndEnd();
    await weaver.run("kernel", "start");
    const denied = await weaver.run("approvals", "deny", id);
    expect(denied.code).toBe(0);
    expect(denied.out).toMatch(/^denied: net\.post on .*\nnothing runs\n/);
    expect((await weaver.json("approvals", "list", "--state", "denied")).value).toMatchObject({ approvals: [{ id }] });
    await weaver.run("kernel", "stop");
    expect(received).toEqual([]);
  });

  it("waits through kill -9 of the kernel, and runs once when somebody says yes; who lives and waits goes on", async () => {
    writeFileSync(
      join(weaver.folder, "waits.mjs"),
      `export default { kind: "agent", name: "waits", messages: undefined, async run(agent) {
        await agent.tools.call("http.post", { url: agent.input, body: "waited" }, { onDefer: "wait" });
        agent.log.info("it was sent");
        for await (const message of agent.inbox) await agent.reply(message, "ok");
      } };`,
    );
    const asked = async (): Promise<string> => {
      const spawned = await weaver.json(
        ...["agent", "spawn", "./waits.mjs", "--backend", "worker", "--input", JSON.stringify(url)],
        ...["--cap", "network", "--cap", "tool:http.*"],
      );
      expect(spawned.code).toBe(0);
      return await vi.waitFor(async () => {
        const { approvals } = (await weaver.json("approvals", "list", "--state", "pending")).value;
        const [one] = approvals as { id: string }[];
        expect(one).toBeDefined();
        return one?.id ?? "";
      }, 20_000);
    };
    await weaver.run("kernel", "start");
    const lost = await asked();
    // Whoever runs a kernel alone says so: else somebody else answers for the agents that one has started.
    expect((await weaver.run("approvals", "approve", lost)).err).toMatch(
      /APPROVAL_OWN_REQUEST[\s\S]+solo = true under/,
    );
    writeFileSync(join(weaver.folder, "weave.toml"), "[governance]\nsolo = true\n");
    const { pid } = (await weaver.json("kernel", "status")).value;
    process.kill(pid as number, "SIGKILL");
    expect(await waitForEnd(pid as number, 5000)).toBe(true);
    expect((await weaver.run("approvals", "approve", lost)).out).toContain("the kernel ran it once, as its requester");
    expect(received).toEqual(["waited"]);

    await weaver.run("kernel", "start");
    const live = await asked();
    expect((await weaver.run("approvals", "approve", live)).out).toContain(
      "its requester waited for this and goes on now",
    );
    await vi.waitFor(async () => {
      expect((await weaver.run("agent", "logs")).out).toContain("it was sent");
    }, 20_000);
    expect(received).toEqual(["waited", "waited"]);
    await weaver.run("kernel", "stop");
  });

  it("is not answered past a live kernel that serves no socket", async () => {
    const id = await askAndEnd();
    const kernel = await Kernel.boot({ dir: weaver.dir });
    try {
      const { code, err } = await weaver.run("approvals", "approve", id);
      expect(code).toBe(1);
      expect(err).toContain(`process ${process.pid}`);
      const status = await weaver.json("kernel", "status");
      expect(status.value).toMatchObject({ state: "running", pid: process.pid });
    } finally {
      await kernel.shutdown();
    }
    expect(received).toEqual([]);
  });

  it("shows a refused action on one screen", async () => {
    mkdirSync(join(weaver.folder, "docs"));
    writeFileSync(join(weaver.folder, "docs", "a.md"), "x");
    const kernel = await Kernel.boot({ dir: weaver.dir });
    const vandal = defineAgent({
      name: "vandal",
      async run(agent) {
        await agent.tools.call("fs.remove", { path: join(weaver.folder, "docs"), recursive: true }).catch(() => {});
      },
    });
    const handle = await kernel.process.spawn(vandal, {
      capabilities: { canExecTools: true, tools: { allow: ["fs.*"] }, files: { write: [weaver.folder] } },
    });
    await handle.exited;
    await kernel.exochain.flush();
    const refusal = (await kernel.exochain.tail(20)).find(({ kind }) => kind === "governance.deny");
    await kernel.shutdown();
    const { code, out } = await weaver.run("action", "show", String(refusal?.sequence));
    expect(code).toBe(0);
    expect(out).toMatch(/who +vandal \(process:\d+\)/);
    expect(out).toMatch(/what +fs\.remove on .*docs/);
    expect(out).toMatch(/rule +GOV-001/);
    expect(out).toMatch(/outcome +refused: it never ran/);
    expect(out).toMatch(/proof +event \d+: .*\nhash +[0-9a-f]{64}/);
  });
});
