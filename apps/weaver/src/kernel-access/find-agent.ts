/** Finds the PID of an agent that was named: a name counts where exactly one live agent has it. */

import type { Prepare, PrepareAccess } from "../commands/command.ts";
import { UsageError } from "../failure/usage-error.ts";
import { numberOf, objectOf, objectsOf } from "../view/fields.ts";

const SHOWN = 10;

/** Puts a PID in the place of a name in `pid` or `parent`. @throws `API_USAGE` when no live agent has the name, or several have */
export const prepare: Prepare = async (params, { call }) => {
  const { pid, parent } = params;
  return {
    ...params,
    ...(typeof pid === "string" ? { pid: await pidOf(pid, call) } : {}),
    ...(typeof parent === "string" ? { parent: await pidOf(parent, call) } : {}),
  };
};

/** Leaves a name as it is: who ended has written lines too. @throws `API_USAGE` when nobody has the name, or has had it */
export const logged: { readonly prepare: Prepare } = {
  async prepare(params, { call }) {
    const { agent } = params;
    if (typeof agent !== "string") return params;
    const written = objectsOf(objectOf(await call("agent.logs", { agent, tail: 1 })).lines);
    const known = async () => objectsOf(objectOf(await call("agent.list", { exited: true })).agents);
    if (written.length === 0 && !(await known()).some(({ name }) => name === agent)) {
      throw new UsageError(
        `no agent has the name ${JSON.stringify(agent)}`,
        "`agent list --all` shows those there are",
      );
    }
    return params;
  },
};

async function pidOf(name: string, call: PrepareAccess["call"]): Promise<number> {
  const agents = objectsOf(objectOf(await call("agent.list", { exited: false })).agents);
  const pids = agents.filter((agent) => agent.name === name).map(({ pid }) => numberOf(pid));
  const [pid] = pids;
  if (pid === undefined) {
    throw new UsageError(`no live agent has the name ${JSON.stringify(name)}`, "`agent list` shows those that live");
  }
  if (pids.length > 1) {
    const shown = pids.slice(0, SHOWN).join(", ");
    const more = pids.length > SHOWN ? `, and ${pids.length - SHOWN} more` : "";
    throw new UsageError(
      `${pids.length} live agents have the name ${JSON.stringify(name)}: ${shown}${more}`,
      `give the PID of the one you mean, such as ${pid}`,
    );
  }
  return pid;
}
