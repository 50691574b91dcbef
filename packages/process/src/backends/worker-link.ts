/**
 * The kernel's end of one worker: pushes messages within the worker's credit, and carries out what the worker asks on the
 * agent's context, which is where rights are checked. A worker that breaks the protocol is ended.
 */
import type {
  AgentContext,
  AgentHandle,
  BudgetHold,
  Clock,
  Message,
  MessageTarget,
  Payload,
  Pid,
  ProcessRef,
  SendResult,
  WeftError,
} from "@weftos/interface";
import { safeParse } from "@weftos/schema";
import { plainMessage } from "../agent/plain-message.ts";
import { ProcessInputInvalidError } from "../process-errors.ts";
import { packError, unpackError } from "./carried-error.ts";
import { LogIntake } from "./log-intake.ts";
import {
  type Call,
  type CarriedError,
  CREDIT,
  type FromWorker,
  MAX_CALLS,
  type Told,
  type ToWorker,
} from "./worker-protocol.ts";
import { callSchema, fromWorkerSchema } from "./worker-schema.ts";

/** Requests whose replies may still come out of the worker; the oldest is forgotten. */
const MAX_OPEN_REQUESTS = 4096;

/** Parts of its budget that one agent may have set aside. */
const MAX_HOLDS = 4096;

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

export class WorkerLink {
  readonly #context: AgentContext;
  readonly #post: (message: ToWorker) => void;
  readonly #room: () => Promise<void> | undefined;
  readonly #owner: LinkOwner;
  readonly #logIntake: LogIntake;
  readonly #calls = new Map<number, AbortController>();
  readonly #requests = new Map<string, Message>();
  /** Messages that were pushed and not taken yet, oldest first: never more than the credit. */
  readonly #ahead: Message[] = [];
  readonly #children = new Map<number, AgentHandle>();
  /** What the agent set aside of its budget and has not settled; those of an agent that ended are its budget's matter. */
  readonly #holds = new Map<string, BudgetHold>();
  readonly #pings = new Map<number, (told: Told | undefined) => void>();
  #pingIds = 0;
  #moreCredit: (() => void) | undefined;
  #closed = false;

  /** @param room - what must resolve before more is pushed; undefined when there is room */
  constructor(
    context: AgentContext,
    post: (message: ToWorker) => void,
    room: () => Promise<void> | undefined,
    clock: Pick<Clock, "monotonic" | "schedule">,
    owner: LinkOwner,
  ) {
    this.#context = context;
    this.#post = post;
    this.#room = room;
    this.#owner = owner;
    this.#logIntake = new LogIntake(clock, (count) => this.say({ type: "logged", count }));
  }

  /** Takes what the worker says, unchecked. */
  receive(raw: unknown): void {
    if (this.#closed) return;
    const read = safeParse(fromWorkerSchema, raw, "a worker's message");
    if (!read.ok) {
      this.#owner.violated(read.problem.message);
      return;
    }
    this.#take(read.value);
  }

  /** Pushes messages until the inbox ends. */
  async pump(): Promise<void> {
    for (;;) {
      while (this.#ahead.length === CREDIT && !this.#closed) {
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
      if (message.deadline !== undefined || isAcknowledged(message)) this.#remember(message);
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
    this.#requests.clear();
    this.#children.clear();
    this.#holds.clear();
    this.#logIntake.close();
    this.#pings.clear();
    if (this.#ahead.length > 0) this.#owner.undelivered(this.#ahead.splice(0));
    this.#moreCredit?.();
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case "entered":
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
        this.#calls.get(message.id)?.abort(new Error("the agent gave up"));
        break;
      case "credit":
        this.#addCredit(message.count);
        break;
      case "log":
        this.#log(message);
        break;
      case "pong":
        this.#pings.get(message.id)?.(message.used);
        this.#pings.delete(message.id);
    }
  }

  #addCredit(count: number): void {
    if (count > this.#ahead.length) {
      this.#owner.violated("it gave back credit that it never had");
      return;
    }
    this.#ahead.splice(0, count);
    this.#moreCredit?.();
  }

  #log({ level, message, fields, dropped }: Extract<FromWorker, { type: "log" }>): void {
    this.#context.log[level](message, dropped === 0 ? fields : { ...fields, linesDroppedBefore: dropped });
    if (!this.#logIntake.take()) this.#owner.violated("it wrote more log lines than its window holds");
  }

  #answer(id: number, asked: unknown): void {
    if (this.#calls.size >= MAX_CALLS || this.#calls.has(id)) {
      this.#owner.violated("it made more calls at once than allowed, or one twice");
      return;
    }
    const read = safeParse(callSchema, asked, "the call");
    if (!read.ok) {
      const { message, issues } = read.problem;
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
    this.#perform(call, controller.signal).then(
      async (value) => {
        await this.#room();
        if (call.method === "spawn") this.#introduce(id, value as AgentHandle);
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

  async #perform(call: Call, signal: AbortSignal): Promise<unknown> {
    const context = this.#context;
    switch (call.method) {
      case "send":
        return plainReceipt(await context.send(target(call.to), call.payload, { ...call.options, signal }));
      case "request": {
        const { timeoutMs } = call;
        const options = { ...call.options, signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
        return plainMessage(await context.request(target(call.to), call.payload, options));
      }
      case "acknowledge":
        return await context.acknowledge(this.#acknowledged(call.message));
      case "reply":
        return await context.reply(this.#requestOf(call.request), call.payload);
      case "replyError":
        return await context.replyError(this.#requestOf(call.request), unpackError(call.error) as WeftError);
      case "publish":
        return await context.publish(call.topic, call.payload, { ...call.options, signal });
      case "broadcast":
        return await context.broadcast(call.payload, { ...call.options, signal });
      case "subscribe":
        return await context.subscribe(call.topic, call.options);
      case "unsubscribe":
        return await context.unsubscribe(call.topic, call.options);
      case "callTool": {
        const { name, input, onDefer, approval } = call;
        return await context.tools.call(name, input, { signal, onDefer, approval });
      }
      case "listTools":
        return await context.tools.list();
      case "budgetRemaining":
        return await context.budget.remaining();
      case "budgetSpend":
        return await context.budget.spend(call.amount, { onExhausted: call.onExhausted, signal });
      case "budgetReserve":
        return this.#keepHold(await context.budget.reserve(call.amount, { onExhausted: call.onExhausted, signal }));
      case "budgetSettle":
        return await this.#takeHold(call.hold).settle(call.actual);
      case "budgetRelease":
        return await this.#takeHold(call.hold).release();
      case "stateGet":
        return await context.state.get(call.key);
      case "stateSet":
        return await context.state.set(call.key, call.value);
      case "stateRemove":
        return await context.state.remove(call.key);
      case "stateKeys":
        return await context.state.keys();
      case "spawn":
        return await context.spawn(call.module, { ...call.options, signal });
    }
  }

  #keepHold(hold: BudgetHold): string {
    if (this.#holds.size >= MAX_HOLDS) {
      void hold.release();
      throw new ProcessInputInvalidError(`an agent sets aside at most ${MAX_HOLDS} parts of its budget at once`, {
        details: { issues: [] },
      });
    }
    this.#holds.set(hold.id, hold);
    return hold.id;
  }

  #takeHold(id: string): BudgetHold {
    const hold = this.#holds.get(id);
    if (hold === undefined) {
      throw new ProcessInputInvalidError("this part of the budget is not set aside, or was settled", {
        details: { issues: [] },
      });
    }
    this.#holds.delete(id);
    return hold;
  }

  #remember(message: Message): void {
    this.#requests.set(message.id, message);
    for (const oldest of this.#requests.keys()) {
      if (this.#requests.size <= MAX_OPEN_REQUESTS) return;
      this.#requests.delete(oldest);
    }
  }

  /** The message that is acknowledged, as the router gave it. */
  #acknowledged(id: string): Message {
    const message = this.#requests.get(id);
    if (message === undefined) {
      throw new ProcessInputInvalidError("an acknowledgement names no message that this agent got and needs one", {
        details: { issues: [] },
      });
    }
    if (message.deadline === undefined) this.#requests.delete(id);
    return message;
  }

  /** The request as the router gave it, not as the worker tells it. */
  #requestOf(id: string): Message {
    const message = this.#requests.get(id);
    if (message === undefined) {
      throw new ProcessInputInvalidError("a reply names no request that this agent got and has not answered", {
        details: { issues: [] },
      });
    }
    this.#requests.delete(id);
    return message;
  }
}

function target(to: number | MessageTarget): ProcessRef<Payload> | MessageTarget {
  return typeof to === "number" ? (to as Pid<Payload>) : to;
}

/** Whether its receiver says when it has dealt with it. */
function isAcknowledged(message: Message): boolean {
  return message.attempt !== undefined || message.position !== undefined;
}

function plainReceipt({ status, id }: SendResult): SendResult {
  return { status, id };
}
