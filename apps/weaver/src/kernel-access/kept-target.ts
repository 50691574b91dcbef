/** Completes the target of a job that is edited from what it is now: what is not named stays. */
import type { JsonObject } from "@weftos/interface";
import type { Prepare } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { objectOf } from "../view/fields.ts";

/** Puts a whole target in the place of a part of one. @throws `API_USAGE` when what is told now answers nobody, and a reply is to be awaited */
export const prepare: Prepare = async (params, { call }) => {
  const change = objectOf(params.change);
  if (change.target === undefined) return params;
  const before = objectOf(objectOf(await call("cron.show", { job: params.job ?? "" })).target);
  return { ...params, change: { ...change, target: whole(before, objectOf(change.target)) } };
};

/** A message stays what another agent or topic is told; what a tool is given is another thing. */
function whole(before: JsonObject, named: JsonObject): JsonObject {
  const { agent, topic, tool } = ["agent", "topic", "tool"].some((kind) => kind in named) ? named : before;
  if (named.awaitReply === true && agent === undefined)
    throw new UsageError("--await-reply needs an agent, which this job does not tell", "name one with --agent");
  if (tool !== undefined) return { tool, ...first("input", named.input, named.payload, before.input) };
  const payload = first("payload", named.payload, before.payload);
  if (topic !== undefined) return { topic, ...payload };
  return { agent: agent ?? "", ...payload, ...first("awaitReply", named.awaitReply, before.awaitReply) };
}

/** The first that is there; null is a value. */
function first(name: string, ...values: readonly (JsonObject[string] | undefined)[]): JsonObject {
  const found = values.find((value) => value !== undefined);
  return found === undefined ? {} : { [name]: found };
}
