import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@weftos/interface";
import { nodePlatform } from "@weftos/platform";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineAgent, isWeftError, Kernel } from "weftos";
import { connect } from "../../src/client.ts";
import { api } from "../../src/index.ts";

const { files, clock } = nodePlatform();
let root: string;
let listener: Server;
let url: string;
let received: string[];

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "weft-e2e-")));
  received = [];
  listener = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += String(part);
    });
    request.on("end", () => {
      received.push(body);
      response.end("thanks");
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/in`;
});
afterEach(async () => {
  listener.closeAllConnections();
  await new Promise((resolve) => listener.close(resolve));
  rmSync(root, { recursive: true, force: true });
});

describe("a kernel behind its socket", () => {
  it("refuses what an agent must not do, asks a person by the socket, and runs what was approved once", async () => {
    const docs = join(root, "docs");
    const dir = join(root, ".weftos");
    mkdirSync(docs);
    writeFileSync(join(docs, "a.md"), "a document");
    const outcomes: [string, JsonValue][] = [];
    const assistant = defineAgent({
      name: "assistant",
      async run(agent) {
        const calls: [string, JsonValue][] = [
          ["fs.read_file", { path: join(docs, "a.md") }],
          ["fs.read_file", { path: join(root, "elsewhere") }],
          ["fs.remove", { path: docs, recursive: true }],
          ["fs.read_dir", { path: join(dir, "keys") }],
          ["http.post", { url, body: "a document" }],
        ];
        for (const [tool, input] of calls) {
          try {
            outcomes.push([tool, await agent.tools.call(tool, input)]);
          } catch (error) {
            outcomes.push([tool, isWeftError(error) ? error.code : String(error)]);
          }
        }
      },
    });
    const kernel = await Kernel.boot({ dir, features: [api()] });
    const capabilities = {
      canExecTools: true,
      canNetwork: true,
      tools: { allow: ["*"] },
      files: { read: [docs, dir], write: [docs] },
    };
    const agent = await kernel.process.spawn(assistant, { capabilities });
    expect(await agent.exited).toEqual({ kind: "normal" });
    expect(outcomes).toEqual([
      ["fs.read_file", { encoding: "utf8", content: "a document", bytes: 10 }],
      ["fs.read_file", "CAPABILITY_DENIED"],
      ["fs.remove", "GOVERNANCE_DENIED"],
      ["fs.read_dir", "TOOL_PATH_PROTECTED"],
      ["http.post", "APPROVAL_PENDING"],
    ]);
    expect(readdirSync(docs)).toEqual(["a.md"]);
    expect(received).toEqual([]);

    const client = await connect(files, dir, { clock });
    expect(await client.call("kernel.status")).toMatchObject({ pid: process.pid, state: "running" });
    const [approval] = kernel.governance.approvals.list();
    expect(approval?.display).toBe(
      `POST ${url}\nContent-Type: text/plain; charset=utf-8\nBody: 10 bytes\n  | a document`,
    );
    const id = approval?.id ?? "";
    expect(await client.call("approvals.approve", { id })).toMatchObject({ next: "ran", outcome: "ok" });
    expect(received).toEqual(["a document"]);
    await expect(client.call("approvals.approve", { id })).rejects.toMatchObject({ isWeftError: true });
    expect(received).toEqual(["a document"]);

    const read = await client.call("tool.call", { name: "fs.read_file", input: { path: join(docs, "a.md") } });
    expect(read).toMatchObject({ output: { content: "a document" } });
    await expect(client.call("kernel.status", { extra: 1 })).rejects.toMatchObject({ code: "API_INVALID_PARAMS" });
    await expect(client.call("no.such")).rejects.toMatchObject({ code: "API_METHOD_NOT_FOUND" });
    expect(await kernel.exochain.verify()).toMatchObject({ valid: true });

    await kernel.shutdown();
    await expect(client.call("kernel.status")).rejects.toMatchObject({ code: "API_CONNECTION_LOST" });
    await client.close();
    await expect(connect(files, dir, { clock })).rejects.toMatchObject({ code: "API_NO_DAEMON" });
  });
});
