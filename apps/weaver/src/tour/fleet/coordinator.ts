/**
 * Starts the fleet and lends it the files: scanner → ledger → readers → indexer. Readers pull, and every request is
 * answered before the next is taken, so mailboxes stay short however many files there are.
 */
import {
  type AgentContext,
  type AgentDefinition,
  type AgentHandle,
  defineAgent,
  type Message,
} from "@weftos/interface";
import type { FleetCounts, FleetObserver, Unreadable } from "./fleet-report.ts";
import { indexer } from "./indexer.ts";
import { type CoordinatorMessage, coordinatorMessage, type IndexerMessage } from "./protocol.ts";
import { scanner } from "./scanner.ts";
import { WorkLedger } from "./work-ledger.ts";

const READERS = 2;
/** The scanner's place in messages about who has ended; readers have 0 and 1. */
const SCANNER_SLOT = 15;
const RESTART_WAIT_MS = 50;

/** What a coordinator is made for. */
export interface CoordinatorInit {
  /** Real path of the folder. */
  readonly folder: string;
  /** Module of the reader. */
  readonly reader: URL;
  readonly observer: FleetObserver;
}

type Received = Message<CoordinatorMessage>;
type Result<Kind extends CoordinatorMessage["kind"]> = Extract<CoordinatorMessage, { kind: Kind }>;

/** A reader's place: who holds it, what waits there. */
interface Slot {
  readonly pid: number;
  accepted: number;
  /** Terms of the file it reads, until the rest of the result is there. */
  parts: Result<"part">["terms"][];
  /** A request for work that cannot be answered yet. */
  waiting: Received | undefined;
}

/** Defines the coordinator of one tour. */
export function coordinator(init: CoordinatorInit): AgentDefinition<CoordinatorMessage> {
  return defineAgent({
    name: "coordinator",
    messages: coordinatorMessage,
    run: async (agent) => await new Coordination(agent, init).run(),
  });
}

class Coordination {
  readonly #agent: AgentContext<CoordinatorMessage>;
  readonly #init: CoordinatorInit;
  readonly #ledger = new WorkLedger();
  readonly #slots: Map<number, Slot> = new Map();
  /** Readers that were ended and have not asked again: the work is not over before they are back. */
  readonly #expected: Set<number> = new Set();
  readonly #unreadable: Unreadable[] = [];
  #counts = { files: 0, bytes: 0, words: 0 };
  #smallest: FleetCounts["smallest"];
  #unreadableFiles = 0;
  #indexer: AgentHandle<IndexerMessage> | undefined;
  #readersLeft = READERS;
  #over = false;

  constructor(agent: AgentContext<CoordinatorMessage>, init: CoordinatorInit) {
    this.#agent = agent;
    this.#init = init;
  }

  async run(): Promise<void> {
    await this.#startFleet();
    for await (const message of this.#agent.inbox) {
      await this.#take(message);
      await this.#serve();
      this.#reportEnd();
    }
  }

  async #startFleet(): Promise<void> {
    const { folder, observer, reader } = this.#init;
    const agent = this.#agent;
    const narrow = { canSpawn: false, ipcScope: { kind: "parentOnly" } } as const;
    const indexing = await agent.spawn(indexer, { capabilities: { ...narrow, canExecTools: false } });
    this.#indexer = indexing;
    for (let slot = 0; slot < READERS; slot += 1) {
      const handle = await agent.spawn(reader, {
        name: "reader",
        backend: "worker",
        restart: { type: "permanent", backoffMs: RESTART_WAIT_MS },
        capabilities: { ...narrow, tools: { allow: ["fs.read_file"] }, files: { read: [folder] } },
        input: { folder, slot },
      });
      this.#watch(handle, slot);
    }
    const scanning = await agent.spawn(scanner, {
      capabilities: { ...narrow, tools: { allow: ["fs.read_dir"] }, files: { read: [folder] } },
      input: { folder },
    });
    this.#watch(scanning, SCANNER_SLOT);
    observer.started({ indexer: indexing.pid });
  }

  /** Takes note, in its turn, of a member that has ended for good. */
  #watch(handle: Pick<AgentHandle, "name" | "exited">, slot: number): void {
    const told = handle.exited.then(async (exit) => {
      if (this.#over || this.#agent.signal.aborted || (slot === SCANNER_SLOT && exit.kind === "normal")) return;
      const reason = `${handle.name} has ended: ${exit.kind === "crash" ? exit.error : exit.kind}`;
      await this.#agent.send(this.#agent.pid, { kind: "gone", slot, reason });
    });
    told.catch((error: unknown) => this.#init.observer.abandoned(String(error)));
  }

  async #take(message: Received): Promise<void> {
    const { payload } = message;
    switch (payload.kind) {
      case "gone":
        this.#takeGone(payload);
        return;
      case "ask":
        await this.#takeAsk(message, payload.slot);
        return;
      case "found":
        for (const path of payload.paths) this.#ledger.add(path);
        break;
      case "closed-folder":
        this.#unreadable.push({ path: payload.path, code: payload.code });
        break;
      case "scanned":
        this.#ledger.complete();
        break;
      case "part":
        if (this.#pathHeld(message, payload) !== undefined) this.#slots.get(payload.slot)?.parts.push(payload.terms);
        break;
      case "done":
        await this.#takeResult(message, payload);
        break;
      case "unreadable":
        await this.#takeFailure(message, payload);
        break;
    }
    await this.#agent.reply(message, null);
  }

  #takeGone({ slot, reason }: Result<"gone">): void {
    if (slot !== SCANNER_SLOT) {
      this.#ledger.release(slot);
      this.#slots.delete(slot);
      this.#expected.delete(slot);
      this.#readersLeft -= 1;
      if (this.#readersLeft > 0) return;
    }
    this.#init.observer.abandoned(reason);
  }

  async #takeAsk(message: Received, number: number): Promise<void> {
    const { observer } = this.#init;
    const before = this.#slots.get(number);
    const slot =
      before?.pid === message.from ? before : { pid: message.from, accepted: 0, parts: [], waiting: undefined };
    slot.waiting = message;
    slot.parts = [];
    this.#slots.set(number, slot);
    // Asked for under a new PID, the ledger takes back what the old one had.
    const file = this.#ledger.ask({ slot: number, pid: slot.pid });
    if (before !== undefined && before !== slot) {
      this.#expected.delete(number);
      await observer.returned({ before: before.pid, pid: slot.pid });
    }
    if ((await observer.asked({ pid: slot.pid, accepted: slot.accepted, holds: file !== undefined })) === "alive")
      return;
    slot.waiting = undefined;
    this.#expected.add(number);
  }

  async #takeResult(message: Received, result: Result<"done">): Promise<void> {
    const slot = this.#slots.get(result.slot);
    const path = this.#pathHeld(message, result);
    if (slot === undefined || path === undefined || this.#indexer === undefined) return;
    for (const terms of [...slot.parts, result.terms]) {
      await this.#agent.request(this.#indexer, { kind: "add", path, terms });
    }
    const { files, bytes, words } = this.#counts;
    this.#counts = { files: files + 1, bytes: bytes + result.bytes, words: words + result.words };
    if (result.bytes > 0 && result.bytes < (this.#smallest?.bytes ?? Number.POSITIVE_INFINITY)) {
      this.#smallest = { path, bytes: result.bytes };
    }
    await this.#settle(message, slot, result);
  }

  async #takeFailure(message: Received, failure: Result<"unreadable">): Promise<void> {
    const slot = this.#slots.get(failure.slot);
    const path = this.#pathHeld(message, failure);
    if (slot === undefined || path === undefined) return;
    this.#unreadable.push({ path, code: failure.code });
    this.#unreadableFiles += 1;
    await this.#settle(message, slot, failure);
  }

  async #settle(message: Received, slot: Slot, result: { readonly slot: number; readonly id: number }): Promise<void> {
    this.#ledger.accept({ slot: result.slot, pid: message.from }, result.id);
    slot.parts = [];
    slot.accepted += 1;
    await this.#init.observer.progressed(this.#ledger.done, this.#ledger.added);
  }

  /** Gives the path of a file that its sender holds; of any other nothing is taken. */
  #pathHeld(message: Received, claim: { readonly slot: number; readonly id: number }): string | undefined {
    return this.#ledger.held({ slot: claim.slot, pid: message.from }, claim.id)?.path;
  }

  /** Gives the readers that wait a file each, as far as there are any. */
  async #serve(): Promise<void> {
    for (const [number, slot] of this.#slots) {
      const { waiting } = slot;
      if (waiting === undefined) continue;
      const file = this.#ledger.ask({ slot: number, pid: slot.pid });
      if (file === undefined) continue;
      slot.waiting = undefined;
      await this.#agent.reply(waiting, { id: file.id, path: file.path });
    }
  }

  /** The end is reached when all is done and every reader has come back for more. */
  #reportEnd(): void {
    const busy = this.#expected.size > 0 || [...this.#slots.values()].some(({ waiting }) => waiting === undefined);
    if (this.#over || busy || !this.#ledger.finished) return;
    this.#over = true;
    const unreadable = [...this.#unreadable].sort((left, right) => (left.path < right.path ? -1 : 1));
    this.#init.observer.finished({
      found: this.#ledger.added,
      ...this.#counts,
      unreadable,
      unreadableFiles: this.#unreadableFiles,
      smallest: this.#smallest,
    });
  }
}
