import type { Message } from "@weftos/interface";
import { expect, it } from "vitest";
import { GivenMessages } from "../../../src/backends/given-messages.ts";

const MIB = 1024 * 1024;

function request(id: string, bytes = 8): Message {
  return { id, bytes, deadline: 1 } as Message;
}

it("gives a request to its answer, also to a second one, and to no agent that did not get it", () => {
  const given = new GivenMessages();
  const one = request("one");
  given.remember(one);
  expect(given.answered("one")).toBe(one);
  expect(given.answered("one")).toBe(one);
  expect(() => given.answered("two")).toThrow(expect.objectContaining({ code: "PROCESS_INPUT_INVALID" }));
});

it("remembers what is acknowledged until it is, and nothing that needs neither", () => {
  const given = new GivenMessages();
  const reliable = { id: "reliable", deadline: undefined, attempt: 1 } as Message;
  given.remember(reliable);
  given.remember({ id: "plain", deadline: undefined } as Message);
  expect(given.acknowledged("reliable")).toBe(reliable);
  for (const id of ["reliable", "plain"])
    expect(() => given.acknowledged(id)).toThrow(expect.objectContaining({ code: "PROCESS_INPUT_INVALID" }));
});

it("holds 64 MiB of payloads that wait for answers, and forgets the oldest beyond", () => {
  const given = new GivenMessages();
  for (let at = 0; at < 5; at += 1) given.remember(request(`r${at}`, 16 * MIB));
  expect(() => given.answered("r0")).toThrow();
  expect(["r1", "r2", "r3", "r4"].map((id) => given.answered(id).id)).toEqual(["r1", "r2", "r3", "r4"]);
  given.remember(request("r5", 64 * MIB));
  expect(given.answered("r5").id).toBe("r5");
  expect(() => given.answered("r1")).toThrow();
});

it("holds 4096 requests that wait for answers", () => {
  const given = new GivenMessages();
  for (let at = 0; at < 4097; at += 1) given.remember(request(`r${at}`));
  expect(() => given.answered("r0")).toThrow();
  expect(given.answered("r1").id).toBe("r1");
});
