import { describe, expect, it } from "vitest";
import { helpOfAll, helpOfCommand } from "../../../src/arguments/help.ts";
import { commands } from "../../../src/commands/command-table.ts";
import { styleFor } from "../../../src/view/style.ts";

const plain = styleFor({ color: false });

describe("help", () => {
  it("lists every command, and in a group only its own", () => {
    const all = helpOfAll(commands, undefined, plain);
    for (const { name, summary } of commands) {
      expect(all).toContain(name);
      expect(all).toContain(summary);
    }
    const group = helpOfAll(commands, "chain", plain);
    expect(group).toContain("chain verify");
    expect(group).not.toContain("kernel start");
  });

  it.each(commands.map((command) => [command.name, command] as const))("of %s shows all it takes", (name, command) => {
    const text = helpOfCommand(command, "weaver", plain);
    expect(text).toContain(`weaver ${name}`);
    for (const option of [...Object.keys(command.options ?? {}), "dir", "json", "help"]) {
      expect(text).toContain(`--${option}`);
    }
    for (const argument of command.arguments ?? []) expect(text).toContain(`<${argument.name}>`);
    for (const [typed, meaning] of command.examples) {
      expect(text).toContain(`weaver ${typed}`);
      expect(text).toContain(meaning);
    }
  });

  it("writes no colour where there is none", () => {
    expect(helpOfAll(commands, undefined, plain)).not.toContain("\u001b");
    expect(helpOfAll(commands, undefined, styleFor({ color: true }))).toContain("\u001b[1m");
  });
});
