import type { Principal } from "@weftos/interface";
import { afterEach, describe, expect, it } from "vitest";
import { identify } from "../../../src/server/caller-identity.ts";
import { serving } from "../serving.ts";

const own = new TextEncoder().encode("own token");
const person = (name: string, more: Partial<Principal> = {}): Principal => ({
  name,
  role: "operator",
  branches: [],
  key: "00".repeat(32),
  state: "active",
  owner: false,
  addedAt: 0,
  keySince: 0,
  formerKeys: [],
  ...more,
});

function people(...list: Principal[]) {
  const tokens = new Map(list.map(({ name }) => [`token of ${name}`, name]));
  return {
    tokens,
    all: list,
    list: () => list,
    owner: () => list.find((one) => one.owner && one.state === "active"),
    find: (name: string) => list.find((one) => one.name === name),
    byToken: (token: string) => list.find((one) => one.name === tokens.get(token) && one.state === "active"),
  };
}

describe("the identity of a caller", () => {
  it("is the owner with the directory's own token, by name once there is one", () => {
    expect(identify("own token", own, undefined)?.()).toEqual({ name: "owner", role: "admin" });
    expect(identify("own token", own, people(person("ann")))?.()).toEqual({ name: "owner", role: "admin" });
    const owned = people(person("ann"), person("zoe", { owner: true, role: "admin" }));
    expect(identify("own token", own, owned)?.()).toEqual({ name: "zoe", role: "admin" });
    const revoked = people(person("ann"), person("zoe", { owner: true, role: "admin", state: "revoked" }));
    expect(identify("own token", own, revoked)?.()).toBeUndefined();
  });

  it("is the principal that a token was issued to, with its role", () => {
    expect(identify("token of ann", own, people(person("ann")))?.()).toEqual({ name: "ann", role: "operator" });
    for (const token of ["token of eve", "", "own toke"])
      expect(identify(token, own, people(person("ann")))).toBeUndefined();
    expect(identify("token of ann", own, undefined)).toBeUndefined();
  });

  it("ends when its principal is revoked, and when the token was issued anew", () => {
    const known = people(person("ann"), person("bob"));
    const ann = identify("token of ann", own, known);
    const bob = identify("token of bob", own, known);
    known.all.splice(0, 1, person("ann", { state: "revoked" }));
    known.tokens.delete("token of bob");
    expect([ann?.(), bob?.()]).toEqual([undefined, undefined]);
  });
});

describe("a connection with a principal's token", () => {
  let at: Awaited<ReturnType<typeof serving>>;
  afterEach(() => at.dispose());

  it("calls as that principal, until it is revoked", async () => {
    const known = people(person("ann"));
    at = await serving({ principals: known });
    const { connect } = await import("node:net");
    const socket = connect(at.socket);
    const lines: string[] = [];
    const next = async (): Promise<unknown> => {
      while (lines.length === 0) await new Promise((resolve) => socket.once("data", resolve));
      return JSON.parse(lines.shift() ?? "");
    };
    socket.on("data", (chunk: Uint8Array) => lines.push(...new TextDecoder().decode(chunk).trim().split("\n")));
    const send = (id: number, method: string, params: object): void =>
      void socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    send(1, "auth", { token: "token of ann" });
    expect(await next()).toMatchObject({ result: { principal: "ann", role: "operator" } });
    send(2, "echo", {});
    expect(await next()).toMatchObject({ result: { subject: { kind: "principal", id: "ann" }, role: "operator" } });
    known.all.splice(0, 1, person("ann", { state: "revoked" }));
    send(3, "echo", {});
    expect(await next()).toMatchObject({ error: { data: { code: "API_UNAUTHENTICATED" } } });
    socket.destroy();
  });
});
