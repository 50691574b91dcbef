/** Tries what its input says and tells PID 0 by its log what came of it: for agents whose code is bound. */
import { type AgentContext, defineAgent, type JsonObject, type JsonValue } from "@weftos/interface";

type Try = (path: string) => unknown | Promise<unknown>;

const tries: Record<string, Try> = {
  read: async (path) => (await import("node:fs")).readFileSync(path, "utf8"),
  write: async (path) => (await import("node:fs")).writeFileSync(path, "written"),
  remove: async (path) => (await import("node:fs")).rmSync(path),
  list: async (path) => (await import("node:fs")).readdirSync(path),
  symlink: async (path) => (await import("node:fs")).symlinkSync("/etc", path),
  hardlink: async (path) => (await import("node:fs")).linkSync("/etc/hosts", path),
  spawn: async () => (await import("node:child_process")).spawnSync("true").status,
  thread: async () => new (await import("node:worker_threads")).Worker("1", { eval: true }),
  addon: (path) => process.dlopen({ exports: {} }, path),
  database: async (path) => void new (await import("node:sqlite")).DatabaseSync(path),
  builtin: (path) => void new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path),
  flags: async (path) => {
    const v8 = await import("node:v8");
    v8.setFlagsFromString("--trace-turbo");
    v8.setFlagsFromString(`--trace-turbo-path=${path}`);
  },
  engine: () => process.getBuiltinModule("node:v8").setFlagsFromString("--trace-turbo"),
  environment: () => ({ ...process.env }),
  import: async (path) => Object.keys(await import(path)),
  id: () => process.pid,
};

async function attempt(what: string, path: string): Promise<JsonValue> {
  try {
    return JSON.parse(JSON.stringify((await tries[what]?.(path)) ?? null));
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

export default defineAgent({
  name: "confined",
  async run(agent: AgentContext) {
    for await (const message of agent.inbox) {
      const { what, path } = message.payload as JsonObject;
      await agent.reply(message, await attempt(String(what), String(path)));
    }
  },
});
