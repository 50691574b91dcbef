import { isWeftError } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { asksForJson, parseArguments } from "../../../src/arguments/parse-arguments.ts";
import { commands } from "../../../src/commands/command-table.ts";

const parse = (line: string) => parseArguments(line.split(" ").filter(Boolean), commands);

function refusal(...words: string[]): { message: string; hint: unknown } {
  try {
    parseArguments(words, commands);
  } catch (error) {
    if (isWeftError(error, "API_USAGE")) {
      return { message: error.message, hint: (error.details as { hint?: unknown }).hint };
    }
    throw error;
  }
  throw new Error(`${words.join(" ")} was accepted`);
}

describe("a command line", () => {
  it("gives the command, its words and its options", () => {
    const parsed = parse("agent send 12 hello --timeout 500 --json");
    expect(parsed).toMatchObject({ kind: "command", positionals: ["12", "hello"] });
    expect(parsed.kind === "command" && parsed.command.name).toBe("agent send");
    expect(parsed.kind === "command" && { ...parsed.values }).toEqual({ timeout: "500", json: true });
  });

  it("takes common options before the command as well as after it", () => {
    const parsed = parse("--json --dir /x kernel ps");
    expect(parsed.kind === "command" && { name: parsed.command.name, ...parsed.values }).toEqual({
      name: "kernel ps",
      json: true,
      dir: "/x",
    });
  });

  it("takes what follows -- as words, whatever they look like", () => {
    const parsed = parse("agent send 12 -- --json");
    expect(parsed).toMatchObject({ positionals: ["12", "--json"] });
    expect(parsed.kind === "command" && parsed.values.json).toBeUndefined();
  });

  it.each([
    [["kernel", "statsu"], 'unknown command "kernel statsu"', "did you mean kernel status?"],
    [["kernle", "ps"], 'unknown command "kernle"', "did you mean kernel ps?"],
    [["ps"], 'unknown command "ps"', "did you mean kernel ps?"],
    [["tuor"], 'unknown command "tuor"', "did you mean tour?"],
    [["zzzzzzzz"], 'unknown command "zzzzzzzz"', "weaver --help lists all commands"],
    [["kernel"], "kernel needs one more word: start, stop, status, ps, logs, features", "weaver kernel --help"],
    [[], "no command was given", "weaver --help lists all commands"],
    [["kernel", "logs", "--levle", "warn"], "unknown option --levle", "did you mean --level?"],
    [["kernel", "ps", "--constructor"], "unknown option --constructor", "weaver kernel ps --help"],
    [["kernel", "ps", "--json=yes"], "--json takes no value", "weaver kernel ps --help"],
    [["kernel", "ps", "--dir"], "--dir needs a value", "--dir <folder>"],
    [["kernel", "ps", "--dir="], "--dir needs a value", "--dir <folder>"],
    [
      ["kernel", "ps", "--dir", "--json"],
      "--dir needs a value, but --json follows",
      "write --dir=--json if it is meant",
    ],
    [["kernel", "ps", "more"], 'kernel ps does not take "more"', "weaver kernel ps"],
    [
      ["agent", "send", "12"],
      "<message> is missing: text; or JSON, when it begins with { or [",
      "weaver agent send <agent> <message>",
    ],
  ])("%j is refused with what is wrong and what was meant", (words, message, hint) => {
    expect(refusal(...words)).toEqual({ message, hint });
  });

  it("hints in the words that a user types here", () => {
    const clone = "npx -y pnpm@12 weaver";
    const hint = (...words: string[]): unknown => {
      try {
        return parseArguments(words, commands, clone);
      } catch (error) {
        return isWeftError(error, "API_USAGE") ? (error.details as { hint?: unknown }).hint : error;
      }
    };
    expect(hint()).toBe(`${clone} --help lists all commands`);
    expect(hint("agent", "send")).toBe(`${clone} agent send <agent> <message>`);
    expect(hint("kernel", "statsu")).toBe("did you mean kernel status?");
  });

  it("names an option that stands where a command should", () => {
    expect(refusal("-x")).toEqual({ message: "unknown option -x", hint: "weaver --help" });
    expect(refusal("--jsno")).toEqual({ message: "unknown option --jsno", hint: "did you mean --json?" });
  });

  it.each([
    ["--help", { kind: "help", command: undefined, group: undefined }],
    ["help", { kind: "help", command: undefined, group: undefined }],
    ["kernel -h", { kind: "help", command: undefined, group: "kernel" }],
    ["help kernel", { kind: "help", command: undefined, group: "kernel" }],
    ["--version", { kind: "version" }],
  ])("%j asks for no command", (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });

  it.each(commands.map(({ name }) => name))("weaver %s --help asks for its help, in every order", (name) => {
    for (const line of [`${name} --help`, `--help ${name}`, `help ${name}`, `${name} --help --json`]) {
      const parsed = parse(line);
      expect(parsed.kind === "help" && parsed.command?.name).toBe(name);
    }
  });

  it("asks for JSON only before --", () => {
    expect(asksForJson(["kernel", "ps", "--json"])).toBe(true);
    expect(asksForJson(["agent", "send", "1", "--", "--json"])).toBe(false);
  });
});

describe("the table of commands", () => {
  it("names each command once, and has an example that parses for each", () => {
    const names = commands.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const command of commands) {
      expect(command.examples.length).toBeGreaterThan(0);
      for (const [typed] of command.examples) {
        const words = [...typed.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
        const parsed = parseArguments(words, commands);
        expect(parsed.kind === "command" && parsed.command.name).toBe(command.name);
      }
    }
  });

  it("loads the view, the program or the offline answer of each command", async () => {
    for (const command of commands) {
      if (!("method" in command)) {
        if (command.name !== "tour") expect(typeof (await command.run()).run).toBe("function");
        continue;
      }
      expect(typeof (await command.view()).view).toBe("function");
      if (typeof command.withoutDaemon === "function") {
        expect(typeof (await command.withoutDaemon()).answer).toBe("function");
      }
    }
  });

  const params = (line: string, ...more: string[]) => {
    const parsed = parseArguments([...line.split(" "), ...more], commands);
    if (parsed.kind !== "command" || !("method" in parsed.command)) throw new Error("no method");
    return parsed.command.params?.(parsed.positionals, parsed.values);
  };

  it.each([
    ["kernel ps", [], { exited: false }],
    ["kernel ps --all", [], { exited: true }],
    ["kernel logs", [], { tail: 50 }],
    ["kernel logs -n 3 --level warn --since 7", [], { tail: 3, level: "warn", since: 7 }],
    ["agent send 12", ["hello there"], { pid: 12, payload: "hello there" }],
    ["agent send 12", ['{"a":[1]}'], { pid: 12, payload: { a: [1] } }],
    ["agent send 12 x --no-wait", [], { pid: 12, payload: "x", timeoutMs: 0 }],
    ["agent send 12 x --timeout 9", [], { pid: 12, payload: "x", timeoutMs: 9 }],
    ["agent stop 3 --kill", [], { pid: 3, graceful: false }],
    ["approvals list", [], { state: "pending" }],
    ["approvals list --all", [], {}],
    ["approvals approve some-id --comment", ["looks fine"], { id: "some-id", comment: "looks fine" }],
    ["action show 42", [], { id: "42" }],
    ["chain redact 42 --reason why --yes", [], { sequence: 42, reason: "why" }],
    ["chain redact 42 --reason why --approval a-1", [], { sequence: 42, reason: "why", approval: "a-1" }],
    ["chain keys rotate --reason why", [], { reason: "why" }],
    ["chain proof 42 --from 7", [], { sequence: 42, from: 7 }],
    ["chain export --output /out", [], { format: "rvf", output: "/out" }],
    ["chain export --format tlog --output /out", [], { format: "tlog", output: "/out" }],
    ["chain verify --bundle /proof.json", [], {}],
    ["chain verify", [], {}],
    ["tool call fs.stat", ['{"path":"/"}'], { name: "fs.stat", input: { path: "/" } }],
  ])("%s %j becomes the parameters of its method", (line, more, expected) => {
    expect(params(line, ...more)).toEqual(expected);
  });

  it.each([
    ["agent inspect 0"],
    ["agent inspect -1"],
    ["agent inspect 1e3"],
    ["agent inspect 99999999999999999999"],
    ["kernel logs -n 0"],
    ["kernel logs -n 1025"],
    ["kernel logs --level loud"],
    ["approvals list --state maybe"],
    ["chain verify --head 00"],
    ["chain redact 42"],
    ["chain redact soon --reason why"],
    ["chain keys rotate"],
    ["chain proof -1"],
    ["chain proof 1 --from 0"],
    ["chain export"],
    ["chain export --format zip --output /out"],
    ["chain verify --checkpoint /nowhere/note"],
    ["chain verify --keys /nowhere/keys"],
    ["agent send 1 {"],
    ["tool call fs.stat ["],
  ])("%s is refused before anything is asked", (line) => {
    expect(() => params(line)).toThrow(expect.objectContaining({ code: "API_USAGE" }));
  });
});
