/**
 * Lets a child die with its kernel even when its code never gives way: on Linux, `setpriv` of util-linux asks the system to
 * kill it. Elsewhere, and where that program is absent, a child ends when it sees its channel close, which a busy one does not.
 */
import type { Files } from "@weftos/interface";

const program = "/usr/bin/setpriv";
const options = ["--pdeathsig", "KILL", "--"];

/** A program with its arguments. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** Wraps commands so that what they start dies with this process. */
export class DeathSignal {
  readonly #disk: Pick<Files, "stat">;
  #works: Promise<boolean> | undefined;

  constructor(disk: Pick<Files, "stat">) {
    this.#disk = disk;
  }

  async wrap(command: Command): Promise<Command> {
    this.#works ??= this.#probe();
    if (!(await this.#works)) return command;
    return { file: program, args: [...options, command.file, ...command.args] };
  }

  /** Another program of this name, such as BusyBox's, may not know the option. */
  async #probe(): Promise<boolean> {
    const { execPath, platform } = await import("node:process");
    if (platform !== "linux" || (await this.#disk.stat(program)) === undefined) return false;
    const { execFile } = await import("node:child_process");
    return await new Promise((resolve) => {
      execFile(program, [...options, execPath, "--version"], { env: {} }, (error) => resolve(error === null));
    });
  }
}
