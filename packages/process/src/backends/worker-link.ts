/**
 * The kernel's end of one worker: pushes messages within the worker's credit, and carries out what the worker asks on the
 * agent's context, which is where rights are checked. A worker that breaks the protocol is ended.
 */
import type { AgentContext, AgentHandle, Clock, Message, OwnSupervisor, Pid } from "@weftos/interface";
import { safeParse } from "@weftos/schema";
import { plainMessage } from "../agent/plain-message.ts";
import { ProcessInputInvalidError } from "../process-errors.ts";
import { AgentCalls } from "./agent-calls.ts";
import { packError } from "./carried-error.ts";
import { LogIntake } from "./log-intake.ts";
import { MAX_A_TURN, MAX_SLIPS, TalkBounds } from "./talk-bounds.ts";
import {
  type Call,
  type CarriedError,
  CREDIT,
  CREDIT_BYTES,
  type FromWorker,
  MAX_CALLS,
  type Told,
  type ToWorker,
} from "./worker-protocol.ts";
import { callSchema, fromWorkerSchema } from "./worker-schema.ts";

/** What a link tells its backend. */
export interface LinkOwner {
  entered(): void;
  loadFailed(error: CarriedError): void;
  done(crash: CarriedError | null): void;
  /** The worker said what no worker says. */
  violated(what: string): void;
  /** Messages were on their way to the worker, or lay in it, when it ended. */
  undelivered(messages: readonly Message[]): void;
}

/** Calls that start a process, whose end the agent is then told. */
const starts: ReadonlySet<Call["method"]> = new Set(["spawn", "supervise", "supervisorAdd"]);

export class WorkerLink {
  readonly #context: AgentContext;
  readonly #post: (message: ToWorker) => void;
  readonly #room: () => Promise<void> | undefined;
  readonly #owner: LinkOwner;
  readonly #logIntake: LogIntake;
  readonly #bounds: TalkBounds;
  readonly #carried: AgentCalls;
  readonly #calls = new Map<number, AbortController>();
  /** Messages that were pushed and not taken yet, oldest first: never more than the credit. */
  readonly #ahead: Message[] = [];
  /** Bytes of their payloads. */
  #aheadBytes = 0;
  readonly #children = new Map<number, AgentHandle>();
  readonly #pings = new Map<number, (told: Told | undefined) => void>();
  #pingIds = 0;
  #moreCredit: (() => void) | undefined;
  #entered = false;
  #closed = false;
  /** Whether the worker broke the protocol; its end is under way. */
  #broken = false;

  /** @param room - what must resolve before more is pushed; undefined when there is room */
  constructor(
    context: AgentContext,
    post: (message: ToWorker) => void,
    room: () => Promise<void> | undefined,
    clock: Pick<Clock, "monotonic" | "schedule">,
    owner: LinkOwner,
  ) {
    this.#context = context;
    this.#carried = new AgentCalls(context);
    this.#post = post;
    this.#room = room;
    this.#owner = owner;
    this.#bounds = new TalkBounds(clock);
    this.#logIntake = new LogIntake(clock, (count) => this.say({ type: "logged", count }));
  }

  /** Takes what the worker says, unchecked. */
  receive(raw: unknown): void {
    if (this.#closed || this.#broken) return;
    if (!this.#bounds.hear()) {
      this.#violated(`it said more than ${MAX_A_TURN} messages at once`);
      return;
    }
    const read = safeParse(fromWorkerSchema, raw, "a worker's message");
    if (!read.ok) {
      this.#violated(read.problem.message);
      return;
    }
    this.#take(read.value);
  }

  /** Pushes messages until the inbox ends. */
  async pump(): Promise<void> {
    for (;;) {
      while ((this.#ahead.length === CREDIT || this.#aheadBytes >= CREDIT_BYTES) && !this.#closed) {
        await new Promise<void>((resolve) => {
          this.#moreCredit = resolve;
        });
      }
      await this.#room();
      if (this.#closed) return;
      const message = await this.#context.inbox.receive();
      if (message === undefined) {
        this.say({ type: "end" });
        return;
      }
      if (this.#closed) {
        this.#owner.undelivered([message]);
        return;
      }
      this.#ahead.push(message);
      this.#aheadBytes += message.bytes ?? 0;
      this.#carried.remember(message);
      this.say({ type: "message", message: plainMessage(message) });
    }
  }

  say(message: ToWorker): void {
    if (!this.#closed) this.#post(message);
  }

  /** Asks the worker for a sign of life, which tells what it has used; never resolves when the worker is gone. */
  ping(): Promise<Told | undefined> {
    this.#pingIds += 1;
    const id = this.#pingIds;
    return new Promise((resolve) => {
      this.#pings.set(id, resolve);
      this.say({ type: "ping", id });
    });
  }

  /** Whether the agent has taken all that it was given. */
  get taken(): boolean {
    return this.#ahead.length === 0;
  }

  /** Tells the worker that a child of its agent has a new PID. */
  childMoved(pid: Pid): void {
    for (const [child, handle] of this.#children) {
      if (handle.pid === pid) this.say({ type: "child-restarted", child, pid });
    }
  }

  /** Ends the link: calls under way are cancelled, nothing is said any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const gone = new Error("the worker has ended");
    for (const call of this.#calls.values()) call.abort(gone);
    this.#calls.clear();
    this.#carried.clear();
    this.#children.clear();
    this.#logIntake.close();
    this.#pings.clear();
    if (this.#ahead.length > 0) this.#owner.undelivered(this.#ahead.splice(0));
    this.#moreCredit?.();
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case "entered":
        if (this.#entered) this.#slip();
        this.#entered = true;
        this.#owner.entered();
        break;
      case "load-failed":
        this.#owner.loadFailed(message.error);
        break;
      case "done":
        this.#owner.done(message.crash);
        break;
      case "call":
        this.#answer(message.id, message.call);
        break;
      case "cancel":
        this.#cancel(message.id);
        break;
      case "credit":
        this.#addCredit(message.count);
        break;
      case "log":
        this.#log(message);
        break;
      case "pong":
        this.#pings.get(message.id)?.(message.used);
        if (!this.#pings.delete(message.id)) this.#slip();
    }
  }

  #cancel(id: number): void {
    const call = this.#calls.get(id);
    // One that was answered meanwhile.
    if (call === undefined) this.#slip();
    else call.abort(new Error("the agent gave up"));
  }

  #slip(): void {
    if (!this.#bounds.slip()) this.#violated(`more than ${MAX_SLIPS} things that it said in a second came to nothing`);
  }

  /** Nothing is taken from it any more. */
  #violated(what: string): void {
    this.#broken = true;
    this.#owner.violated(what);
  }

  #addCredit(count: number): void {
    if (count > this.#ahead.length) {
      this.#violated("it gave back credit that it never had");
      return;
    }
    for (const message of this.#ahead.splice(0, count)) this.#aheadBytes -= message.bytes ?? 0;
    this.#moreCredit?.();
  }

  #log({ level, message, fields, dropped }: Extract<FromWorker, { type: "log" }>): void {
    this.#context.log[level](message, dropped === 0 ? fields : { ...fields, linesDroppedBefore: dropped });
    if (!this.#logIntake.take()) this.#violated("it wrote more log lines than its window holds");
  }

  #answer(id: number, asked: unknown): void {
    if (this.#calls.size >= MAX_CALLS || this.#calls.has(id)) {
      this.#violated("it made more calls at once than allowed, or one twice");
      return;
    }
    const read = safeParse(callSchema, asked, "the call");
    if (!read.ok) {
      const { message, issues } = read.problem;
      this.#slip();
      this.#finish(id, {
        type: "error",
        id,
        error: packError(new ProcessInputInvalidError(message, { details: { issues } })),
      });
      return;
    }
    const call = read.value;
    const controller = new AbortController();
    this.#calls.set(id, controller);
    this.#carried.perform(call, controller.signal).then(
      async (value) => {
        await this.#room();
        if (call.method === "supervise" && !this.#closed) this.#carried.supervises(id, value as OwnSupervisor);
        if (starts.has(call.method)) this.#introduce(id, value as AgentHandle);
        else this.#finish(id, { type: "result", id, value });
      },
      (error: unknown) => this.#finish(id, { type: "error", id, error: packError(error) }),
    );
  }

  #finish(id: number, answer: ToWorker): void {
    this.#calls.delete(id);
    try {
      this.say(answer);
    } catch (error) {
      this.say({ type: "error", id, error: packError(error) });
    }
  }

  /** Tells the worker of its child, and then, in this order, of what becomes of it. */
  #introduce(id: number, handle: AgentHandle): void {
    if (this.#closed) return;
    this.#children.set(id, handle);
    this.#finish(id, { type: "result", id, value: { pid: handle.pid, name: handle.name } });
    void handle.exited.then((reason) => {
      this.#children.delete(id);
      this.say({ type: "child-exited", child: id, reason });
    });
  }
}
