import { expect, it } from "vitest";
import { loadAgent } from "../../../src/agent/load-agent.ts";

const throwing = (error: object): string =>
  `data:text/javascript,throw Object.assign(new Error("restricted"), ${JSON.stringify(error)})`;
const denied = { code: "ERR_ACCESS_DENIED", permission: "FileSystemRead", resource: "/srv/shared/tax.js" };

it.each([
  [denied, /cannot be loaded: it may not read \/srv\/shared\/tax\.js: put what it imports below it/],
  [{ ...denied, permission: "FileSystemWrite" }, /cannot be loaded: restricted \(\/srv\/shared\/tax\.js\)$/],
  [{ code: "ERR_ACCESS_DENIED" }, /cannot be loaded: restricted$/],
  [{ code: "EOTHER", resource: "/x" }, /cannot be loaded: restricted$/],
])("a module that fails with %j says why, and which path it wanted", async (error, expected) => {
  await expect(loadAgent(throwing(error))).rejects.toMatchObject({
    code: "AGENT_LOAD_FAILED",
    message: expect.stringMatching(expected),
  });
});
