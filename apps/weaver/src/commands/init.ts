/**
 * `weaver init`: begins a state directory for one person, the solo profile: an owner who holds all three branches, whose key
 * lies in the directory. Writes `weave.toml` beside it when there is none; an existing one stays as it is. One that was cut
 * short, at whatever step, is typed again and goes on where it was.
 */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { choiceOption, textOption } from "../arguments/values.ts";
import { EXIT_OK } from "../failure/exit-code.ts";
import { UsageError } from "../failure/usage-error.ts";
import { askLine } from "../kernel-access/ask-line.ts";
import { checkOwner } from "../kernel-access/token-of-user.ts";
import { typedOn } from "../kernel-access/typed-on.ts";
import { objectOf, objectsOf, shown } from "../view/fields.ts";
import { styleFor } from "../view/style.ts";
import { renderFields } from "../view/table.ts";
import type { Invocation } from "./command.ts";

const environments = ["development", "staging", "production"];
const DEFAULT_ENVIRONMENT = "staging";

/** Begins a state directory and gives the exit code. */
export async function run(invocation: Invocation): Promise<number> {
  const { dir, terminal, json, values } = invocation;
  checkOwner("who begins a state directory is its owner");
  const owner = textOption(values, "name") ?? "owner";
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(owner))
    throw new UsageError("--name must be 1 to 64 lower-case letters, digits, dots, dashes", "try --name owner");
  const config = join(dirname(dir), "weave.toml");
  const before = await readFile(config, "utf8").catch(ifAbsent);
  const kept = before !== undefined;
  const asked = choiceOption(values, "environment", environments);
  if (kept && asked !== undefined && before !== configOf(asked)) {
    throw new UsageError(`${config} is there, and says the environment`, "change it there, or leave --environment out");
  }
  const environment = kept ? undefined : (asked ?? (await askEnvironment(invocation)));
  await mkdir(dirname(dir), { recursive: true });
  if (environment !== undefined) await writeConfig(config, environment);
  const done = await addOwner(dir, owner);
  if (json) {
    const facts = {
      dir,
      config,
      environment: environment ?? asked ?? null,
      owner: done.name,
      key: done.key,
      new: done.added,
    };
    terminal.out.write(`${JSON.stringify(facts, null, 2)}\n`);
    return EXIT_OK;
  }
  const style = styleFor(terminal);
  const typed = typedOn(invocation);
  const another = done.name === "ann" ? "bob" : "ann";
  const fields: [string, string][] = [
    ["directory", dir],
    ["configuration", kept ? `${config}, as it was` : config],
    ["environment", environment ?? asked ?? "as the configuration says"],
    ["owner", `${done.name}${done.added ? "" : ", as before"}, key ${done.path}`],
    ["branches", style.warn("not separated: the owner holds all three, quorum 1, no delay")],
    ["next", [typed("kernel start"), typed(`principal add ${another} --role approver`), typed("env list")].join("\n")],
  ];
  terminal.out.write(`${style.good("ready")}\n${renderFields(fields, style.faint)}\n`);
  return EXIT_OK;
}

/** What each environment means, for who has to choose. */
const meanings: Readonly<Record<string, string>> = {
  development: "almost everything runs unasked",
  staging: "what is risky is denied unless a rule permits it",
  production: "less runs unasked, and a person is asked about the rest",
};

/** Asks a person; where nobody can be asked it is staging. @throws `API_USAGE` when they end the question */
async function askEnvironment({ terminal, json }: Invocation): Promise<string> {
  if (json || !terminal.isInteractive) return DEFAULT_ENVIRONMENT;
  const style = styleFor(terminal);
  const width = Math.max(...environments.map((name) => name.length));
  for (const name of environments)
    terminal.err.write(`  ${name.padEnd(width)}  ${style.faint(meanings[name] ?? "")}\n`);
  const chosen = await askLine(terminal, `Which environment? [${DEFAULT_ENVIRONMENT}] `, (answer) => {
    const word = answer.trim().toLowerCase();
    if (word === "") return DEFAULT_ENVIRONMENT;
    const found = environments.filter((name) => name.startsWith(word));
    if (found.length === 1) return found[0];
    terminal.err.write(`one of ${environments.join(", ")}, or the beginning of one\n`);
    return undefined;
  });
  if (chosen !== undefined) return chosen;
  throw new UsageError("no environment was chosen, and nothing was begun", "or say it: --environment staging");
}

/** What a new `weave.toml` says. */
function configOf(environment: string): string {
  return `[kernel]\nenvironment = "${environment}"\n\n[governance]\n# One person runs this: they may answer what their agents ask, and in development their own requests.\nsolo = true\n# Rules of your own, beside the law:\n# policies = ["policies/*.toml"]\n`;
}

/** Writes it whole or not at all: half of it would say another environment. */
async function writeConfig(path: string, environment: string): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, "w", 0o644);
  try {
    await file.writeFile(configOf(environment));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

interface Owner {
  readonly name: string;
  readonly key: string;
  readonly path: string;
  readonly added: boolean;
}

/** Makes the owner known, unless there is one. @throws `KERNEL_LOCKED` while a kernel runs on the directory */
async function addOwner(dir: string, name: string): Promise<Owner> {
  const { withBooted } = await import("../kernel-access/booted-kernel.ts");
  const { keyPath } = await import("../signing/key-file.ts");
  const { prepare } = await import("../signing/new-key.ts");
  return await withBooted(dir, async (call) => {
    const known = objectsOf(objectOf(await call("principal.list", {})).principals);
    const before = known.find((one) => one.owner === true && one.state === "active");
    if (before !== undefined) {
      const is = shown(before.name);
      return { name: is, key: shown(before.key), path: keyPath(dir, is), added: false };
    }
    const branches = ["legislative", "executive", "judicial"];
    const params = await prepare(
      { name, role: "admin", branches, owner: true },
      { call, dir, workingFolder: dir, values: {}, warn: () => undefined },
    );
    const added = objectOf(await call("principal.add", params));
    return { name, key: shown(added.key), path: keyPath(dir, name), added: true };
  });
}
