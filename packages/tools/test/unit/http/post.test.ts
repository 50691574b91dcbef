import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { shake256, toHex } from "@weftos/crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agent, guarding, rights } from "../guarding.ts";

let server: Server;
let origin: string;
let seen: { method: string | undefined; url: string | undefined; type: string | undefined; body: string }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  seen = [];
  answer = (_request, response) => response.writeHead(201).end("thanks ü");
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method, url, headers } = request;
      seen.push({ method, url, type: headers["content-type"], body: Buffer.concat(parts).toString() });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const capabilities = rights({ canNetwork: true });

describe("http.post", () => {
  it("sends the body and gives status and answer", async () => {
    const { api, asked, events } = guarding({ capabilities });
    const output = await api.call(agent, "http.post", { url: `${origin}/in?key=private#part`, body: "hällo" });
    expect(output).toEqual({ status: 201, sent: 6, bytes: 9, body: "thanks ü", truncated: false });
    expect(seen).toEqual([
      { method: "POST", url: "/in?key=private", type: "text/plain; charset=utf-8", body: "hällo" },
    ]);
    expect(asked[0]).toMatchObject({
      action: "net.post",
      resource: `${origin}/in`,
      attributes: {
        tool: "http.post",
        url: `${origin}/in`,
        host: new URL(origin).host,
        bytes: 6,
        digest: toHex(shake256(new TextEncoder().encode("hällo"), 16)),
      },
    });
    expect(events.at(-1)?.payload).toMatchObject({ outcome: "ok", result: { status: 201, bytes: 9 } });
    expect(JSON.stringify(events)).not.toMatch(/private|hällo|thanks/);
  });

  it("tells in its record what it did beyond what is declared: of bytes that are many", async () => {
    const { api, events } = guarding({ capabilities });
    const result = async (characters: number) => {
      await api.call(agent, "http.post", { url: origin, body: "x".repeat(characters) });
      return events.at(-1)?.payload?.result;
    };
    expect(await result(65_536)).toEqual({ status: 201, bytes: 9 });
    expect(await result(655_360)).toEqual({ status: 201, bytes: 9, effect: { privacy: "0.400" } });
  });

  it("gives what a server that refuses says", async () => {
    answer = (_request, response) => response.writeHead(503).end("later");
    const { api } = guarding({ capabilities });
    expect(await api.call(agent, "http.post", { url: origin, body: "" })).toMatchObject({ status: 503, body: "later" });
  });

  it("gives the first 64 KiB of a larger answer", async () => {
    answer = (_request, response) => response.end("x".repeat(200_000));
    const { api } = guarding({ capabilities });
    const output = (await api.call(agent, "http.post", { url: origin, body: "" })) as { body: string };
    expect(output).toMatchObject({ bytes: 65_536, truncated: true });
    expect(output.body).toBe("x".repeat(65_536));
  });

  it("gives an answer of exactly 64 KiB whole", async () => {
    answer = (_request, response) => response.end("x".repeat(65_536));
    const { api } = guarding({ capabilities });
    expect(await api.call(agent, "http.post", { url: origin, body: "" })).toMatchObject({
      bytes: 65_536,
      truncated: false,
    });
  });

  it("sends a body of a mebibyte", async () => {
    const { api } = guarding({ capabilities });
    await api.call(agent, "http.post", { url: origin, body: "b".repeat(1024 * 1024), contentType: "application/json" });
    expect(seen[0]?.body.length).toBe(1024 * 1024);
    expect(seen[0]?.type).toBe("application/json");
  });

  it.each([301, 302, 303, 307, 308])("does not follow a redirect of status %i", async (status) => {
    answer = (_request, response) => response.writeHead(status, { location: `${origin}/elsewhere` }).end();
    const { api } = guarding({ capabilities });
    await expect(api.call(agent, "http.post", { url: origin, body: "b" })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      details: { tool: "http.post", reason: "REDIRECT" },
    });
    expect(seen).toHaveLength(1);
  });

  it("gives up after its time", async () => {
    const reached = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const { api, clock, events } = guarding({ capabilities });
    const refused = expect(
      api.call(agent, "http.post", { url: origin, body: "b", timeoutMs: 500 }),
    ).rejects.toMatchObject({
      code: "TOOL_TIMEOUT",
      details: { timeoutMs: 500 },
    });
    await reached;
    await clock.advance(500);
    await refused;
    expect(events.at(-1)?.payload).toMatchObject({ outcome: "failed", error: "TOOL_TIMEOUT" });
  });

  it("gives up after its time in the middle of an answer, too", async () => {
    const reached = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        response.write("begin");
        resolve();
      };
    });
    const { api, clock } = guarding({ capabilities });
    const refused = expect(api.call(agent, "http.post", { url: origin, body: "b" })).rejects.toMatchObject({
      code: "TOOL_TIMEOUT",
    });
    await reached;
    await clock.advance(30_000);
    await refused;
  });

  it.each(["the caller", "the kernel"])("ends when %s aborts", async (who) => {
    const { api, stopping } = guarding({ capabilities });
    const own = new AbortController();
    const abort = who === "the kernel" ? stopping : own;
    answer = () => abort.abort(new Error("enough"));
    await expect(api.call(agent, "http.post", { url: origin, body: "b" }, { signal: own.signal })).rejects.toThrow(
      "enough",
    );
  });

  it("says that nobody listens", async () => {
    const { api } = guarding({ capabilities });
    const free = origin;
    await new Promise((resolve) => server.close(resolve));
    await expect(api.call(agent, "http.post", { url: free, body: "b" })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      details: { reason: "ECONNREFUSED" },
    });
  });

  it.each([
    ["a file", { url: "file:///etc/passwd", body: "" }],
    ["no URL", { url: "example", body: "" }],
    ["a user in the URL", { url: "http://me@localhost/", body: "" }],
    ["a password in the URL", { url: "http://me:pw@localhost/", body: "" }],
    ["a second header in the type", { url: "http://localhost/", body: "", contentType: "text/plain\r\nX-A: b" }],
    ["a body that is no text", { url: "http://localhost/", body: {} }],
    ["too long a wait", { url: "http://localhost/", body: "", timeoutMs: 60_001 }],
    ["too large a body", { url: "http://localhost/", body: "b".repeat(1024 * 1024 + 1) }],
    ["a method", { url: "http://localhost/", body: "", method: "DELETE" }],
  ])("refuses %s before anything is asked", async (_what, input) => {
    const { api, asked } = guarding({ capabilities });
    await expect(api.call(agent, "http.post", input)).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
    expect(asked).toEqual([]);
  });

  it("uses the fetch it is given", async () => {
    const given: string[] = [];
    const { api } = guarding({
      capabilities,
      fetch: async (url) => {
        given.push(String(url));
        return new Response("ok");
      },
    });
    expect(await api.call(agent, "http.post", { url: "https://example.test/", body: "" })).toMatchObject({
      body: "ok",
    });
    expect(given).toEqual(["https://example.test/"]);
  });
});

describe("what an approver is shown of http.post", () => {
  async function shown(body: string, url = "https://example.test/in?key=1"): Promise<string> {
    const { api, drafts } = guarding({ capabilities, decide: () => "defer" });
    await expect(api.call(agent, "http.post", { url, body })).rejects.toMatchObject({ code: "APPROVAL_PENDING" });
    return drafts[0]?.display ?? "";
  }

  it("is all that would be sent", async () => {
    expect(await shown("line 1\nline\t2")).toBe(
      [
        "POST https://example.test/in?key=1",
        "Content-Type: text/plain; charset=utf-8",
        "Body: 13 bytes",
        "  | line 1",
        "  | line\t2",
      ].join("\n"),
    );
  });

  it("cannot be forged by what the body holds", async () => {
    const display = await shown("a\u001b[2K\rb\u202etxt\u200b\nPOST https://elsewhere.test/");
    expect(display).toContain("  | a\\u{1b}[2K\\u{d}b\\u{202e}txt\\u{200b}");
    expect(display).toContain("\n  | POST https://elsewhere.test/");
  });

  it("names a look-alike host by its letters", async () => {
    expect(await shown("", "https://exаmple.test/")).toContain("POST https://xn--");
  });

  it("ends after 16 KiB with the digest of the whole", async () => {
    const body = "b".repeat(20_000);
    const display = await shown(body);
    expect(display).toContain("and 3616 more characters");
    expect(display).toContain(toHex(shake256(new TextEncoder().encode(body), 16)));
    expect(display.length).toBeLessThan(17_000);
  });
});
