// Starts a tool of the workspace as a child process and collects what it says. A tool from node_modules is started by
// its JavaScript file with the running Node, so that no shell and no .cmd shim is needed on any system.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ROOT, readManifest } from "./workspace.ts";

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Sends the output to this process's own streams instead of collecting it. */
  inherit?: boolean;
  /** Kills the child after this time; its code is then 1. */
  timeoutMs?: number;
}

/** Finds the JavaScript file of a tool installed at the root. */
export function toolPath(packageName: string, binName: string = packageName): string {
  const folder = join(ROOT, "node_modules", packageName);
  const manifest = readManifest(folder) as { bin?: string | Record<string, string> };
  const bin = typeof manifest.bin === "string" ? manifest.bin : manifest.bin?.[binName];
  if (bin === undefined) throw new Error(`expected ${packageName} to have a bin named ${binName}`);
  return join(folder, bin);
}

/** Runs a command to its end. A command that cannot be started rejects; one that fails resolves with its code. */
export function runCommand(command: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: options.inherit ? "inherit" : ["ignore", "pipe", "pipe"],
      shell: false,
      killSignal: "SIGKILL",
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.on("error", fail);
    child.on("close", (code, signal) => {
      const killed =
        signal === null ? "" : `\nkilled by ${signal}${options.timeoutMs ? ` (limit ${options.timeoutMs} ms)` : ""}`;
      done({ code: signal === null ? (code ?? 1) : 1, stdout, stderr: stderr + killed });
    });
  });
}

/** Runs a JavaScript or TypeScript file with the running Node. */
export function runNode(args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  return runCommand(process.execPath, args, options);
}

/**
 * Runs pnpm: the one that started this process, or the one that npm's `npx` brings.
 * Colors and progress bars are switched off, so that the output can be parsed.
 */
export function runPnpm(args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const env = { npm_config_loglevel: "error", ...options.env };
  const started = process.env.npm_execpath;
  if (started !== undefined && /pnpm/.test(started) && existsSync(started)) {
    return /\.[cm]?js$/.test(started)
      ? runNode([started, ...args], { ...options, env })
      : runCommand(started, args, { ...options, env });
  }
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => (process.platform === "win32" ? [join(folder, "npx.cmd")] : [join(folder, "npx")]))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error("expected pnpm or npx on the PATH");
  return process.platform === "win32"
    ? runCommand("cmd.exe", ["/d", "/c", found, "-y", "pnpm@12", ...args], { ...options, env })
    : runCommand(found, ["-y", "pnpm@12", ...args], { ...options, env });
}
