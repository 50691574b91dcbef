/**
 * Runs agents in processes of their own, under Node's permission model: the code itself is bound to the roots of its file
 * rights and starts no process, thread or native addon; `confines` says what this Node binds. It has no environment but what it
 * was given, and ends with its kernel. It is no place for code that is out to break out.
 */
import type { ChildProcess, SpawnOptions as NodeSpawnOptions } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { BackendStart, Clock, Files, Logger, RunningAgent, SpawnBackend } from "@weftos/interface";
import { crashOf } from "../agent/exit-reason.ts";
import { loadFailed } from "../agent/load-agent.ts";
import { type CodeRoots, entryRoots, moduleRoots } from "./code-roots.ts";
import { type DataRoots, dataRoots, stillGranted } from "./data-roots.ts";
import { DeathSignal } from "./death-signal.ts";
import { FrameChannel, MAX_FRAME_BYTES } from "./frame-channel.ts";
import { confinedBy, type KnowsFlag, permissionFlags } from "./node-permissions.ts";
import { OutputLines } from "./output-lines.ts";
import type { Place, PlaceEvents } from "./place.ts";
import { readUsage } from "./process-usage.ts";
import { type Apart, moduleOf, runApart, startOf } from "./run-apart.ts";
import type { Measured, ToWorker } from "./worker-protocol.ts";

const MEGABYTE = 1_048_576;

/** What the backend asks of its kernel. */
export interface ProcessBackendDeps {
  readonly apart: Apart;
  /** The host's files: of the child's code, its roots and what the system tells of it. */
  readonly disk: Pick<Files, "list" | "realPath" | "stat" | "read">;
  /** Memory where a start sets no limit. */
  readonly memoryMb: number;
  /** Asks whether this Node has a flag. */
  readonly knowsFlag: KnowsFlag;
}

export class ProcessBackend implements SpawnBackend {
  readonly name = "process";
  readonly confines: readonly string[];
  readonly measures = ["cpu", "memory"] as const;
  readonly memoryBytes: number;
  readonly #deps: ProcessBackendDeps;
  readonly #deathSignal: DeathSignal;
  #entryRoots: Promise<CodeRoots> | undefined;

  constructor(deps: ProcessBackendDeps) {
    this.#deps = deps;
    this.memoryBytes = deps.memoryMb * MEGABYTE;
    this.#deathSignal = new DeathSignal(deps.disk);
    this.confines = confinedBy(deps.knowsFlag);
  }

  /** @throws AGENT_NOT_A_MODULE, AGENT_LOAD_FAILED, CAPABILITY_ROOT_LEADS_OUT */
  async start(start: BackendStart): Promise<RunningAgent> {
    const { apart, disk, knowsFlag } = this.#deps;
    const { capabilities, context, limits } = start;
    const module = moduleOf(start, this.name);
    const entry = import.meta.resolve("@weftos/process/child-entry");
    const entryFile = fileURLToPath(entry);
    this.#entryRoots ??= entryRoots(entryFile, disk);
    const data = await dataRoots(capabilities, disk);
    const code = [await this.#entryRoots];
    if (module.protocol === "file:") code.push(await moduleRoots(fileURLToPath(module), disk));
    const heapMb = Math.max(8, Math.floor((limits.memoryBytes ?? this.memoryBytes) / MEGABYTE));
    const flags = [
      ...permissionFlags(knowsFlag, { code, data, network: capabilities.canNetwork }),
      `--max-old-space-size=${heapMb}`,
      // Type stripping and the like are no news to an agent's log.
      "--disable-warning=ExperimentalWarning",
      ...(entry.endsWith(".ts") ? ["--conditions=weftos-source"] : []),
    ];
    const { execPath } = await import("node:process");
    const linked = JSON.stringify(code.flatMap((roots) => roots.linked));
    const command = await this.#deathSignal.wrap({ file: execPath, args: [...flags, entryFile] });
    const { spawn } = await import("node:child_process");
    context.signal.throwIfAborted();
    const options: NodeSpawnOptions = {
      cwd: await workingFolder(data, disk),
      env: { ...context.environment },
      // A group of its own: what a terminal sends to the kernel's reaches the agent through the kernel alone.
      detached: true,
      windowsHide: true,
      // Linked packages go to its standard input: the system bounds the length of an argument.
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    };
    return await runApart(
      start,
      {
        module,
        fits: (rights) => this.confines.length === 0 || fits(data, capabilities.canNetwork, rights, knowsFlag),
        open(events) {
          let place: ChildPlace | undefined;
          try {
            const child = started(spawn(command.file, command.args, options));
            place = new ChildPlace(child, events, { clock: apart.clock, log: context.log, disk });
            place.begin(linked);
            place.post({ type: "start", start: startOf(module, start) });
            return place;
          } catch (error) {
            place?.abandon();
            throw loadFailed(
              module.href,
              `the process could not be started: ${error instanceof Error ? error.message : String(error)}`,
              error,
            );
          }
        },
      },
      apart,
    );
  }
}

/** Refuses a child that has no streams: without descriptors for them Node makes none, and tells why only later. */
function started(child: ChildProcess): ChildProcess {
  if ((child.stdio as unknown) !== undefined) return child;
  child.on("error", () => undefined);
  throw new Error("no file descriptors are left for its channels");
}

/** Whether a child that was started with these rights may go on under others. */
function fits(data: DataRoots, network: boolean, rights: BackendStart["capabilities"], knows: KnowsFlag): boolean {
  return stillGranted(data, rights) && (rights.canNetwork || !network || !knows("--allow-net"));
}

/** Its first own folder, where relative paths mean something to it. */
async function workingFolder({ read, write }: DataRoots, disk: Pick<Files, "stat">): Promise<string> {
  for (const root of write) {
    if (read.includes(root) && (await disk.stat(root))?.kind === "folder") return root;
  }
  return "/";
}

interface PlaceDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly disk: Pick<Files, "read">;
}

class ChildPlace implements Place {
  readonly #child: ChildProcess;
  readonly #channel: FrameChannel;
  readonly #disk: Pick<Files, "read">;
  readonly #stdin: Writable;
  #ended = false;
  /** Whether nobody is to be told any more that it is gone. */
  #told = false;

  constructor(child: ChildProcess, events: PlaceEvents, { clock, log, disk }: PlaceDeps) {
    this.#child = child;
    this.#disk = disk;
    const [stdin, stdout, stderr, line] = child.stdio as unknown as readonly [Writable, Readable, Readable, Duplex];
    this.#stdin = stdin;
    // A child that ends before it has read all: its exit tells.
    stdin.on("error", () => undefined);
    const output = [
      new OutputLines(stdout, clock, (told) => log.info("standard output", told)),
      new OutputLines(stderr, clock, (told) => {
        outOfMemory ||= told.line.includes("JavaScript heap out of memory");
        log.warn("standard error", told);
      }),
    ];
    let outOfMemory = false;
    this.#channel = new FrameChannel(
      line,
      { maxBytes: MAX_FRAME_BYTES, counts: "taken" },
      {
        message: (message) => events.said(message),
        broken: (what) => events.violated(what),
        // A child without its channel is of no use, and nothing that it does is told any more.
        closed: () => this.end(),
      },
    );
    const tell = (code: number | null, signal: NodeJS.Signals | null): void => {
      this.#channel.close();
      if (this.#told) return;
      this.#told = true;
      if (outOfMemory) events.gone({ kind: "limit", limit: "memoryBytes" });
      else if (signal === null) events.gone(crash(`the process ended by itself with code ${code}`, undefined));
      else events.gone(crash(`the process was ended by the signal ${signal}`, signal));
    };
    child.once("error", (error) => {
      events.failed(error, crashOf(error));
      if (child.pid === undefined) tell(null, null);
    });
    child.once("exit", (code, signal) => {
      this.#ended = true;
      for (const lines of output) lines.drain();
      // What the runtime wrote before it aborted says why.
      if (signal === "SIGABRT" || code === 134) child.once("close", tell);
      else tell(code, signal);
    });
  }

  /** Hands over the list of linked packages, without which the child loads nothing. */
  begin(linked: string): void {
    this.#stdin.end(linked);
  }

  /** Ends a child that was not begun, and tells nobody. */
  abandon(): void {
    this.#told = true;
    this.end();
  }

  post(message: ToWorker): void {
    this.#channel.post(message);
  }

  room(): Promise<void> | undefined {
    return this.#channel.room();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#child.kill("SIGKILL");
  }

  async measure(): Promise<Measured> {
    const { pid } = this.#child;
    return pid === undefined || this.#ended
      ? { cpuMs: undefined, memoryBytes: undefined }
      : await readUsage(pid, this.#disk);
  }
}

function crash(error: string, code: string | undefined): { kind: "crash"; error: string; code: string | undefined } {
  return { kind: "crash", error, code };
}
