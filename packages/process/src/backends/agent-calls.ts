/**
 * Carries out what an agent outside the kernel's thread asks, on its context, which is where rights are checked. What the agent
 * names was given to it before: requests, parts of its budget, supervisors.
 */
import type {
  AgentChild,
  AgentContext,
  BudgetHold,
  Message,
  MessageTarget,
  MonitorRef,
  OwnSupervisor,
  Payload,
  Pid,
  ProcessRef,
  SendResult,
  SupervisorSpec,
  WeftError,
} from "@weftos/interface";
import { plainMessage } from "../agent/plain-message.ts";
import { ProcessInputInvalidError } from "../process-errors.ts";
import { childFromJson, specFromJson } from "../supervision/spec-json.ts";
import { unpackError } from "./carried-error.ts";
import { GivenMessages } from "./given-messages.ts";
import type { Call, ToolAnswer } from "./worker-protocol.ts";

/** Parts of its budget that one agent may have set aside. */
const MAX_HOLDS = 4096;

export class AgentCalls {
  readonly #context: AgentContext;
  readonly #given = new GivenMessages();
  /** What the agent set aside of its budget and has not settled; those of an agent that ended are its budget's matter. */
  readonly #holds = new Map<string, BudgetHold>();
  /** By the call that started them. */
  readonly #supervisors = new Map<number, OwnSupervisor>();

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** The agent can name a supervisor that it started, until that ends. */
  supervises(id: number, supervisor: OwnSupervisor): void {
    this.#supervisors.set(id, supervisor);
    void supervisor.exited.then(() => this.#supervisors.delete(id));
  }

  clear(): void {
    this.#given.clear();
    this.#holds.clear();
    this.#supervisors.clear();
  }

  /** Carries a call out. @throws what the context throws, PROCESS_INPUT_INVALID for what the agent does not hold */
  async perform(call: Call, signal: AbortSignal): Promise<unknown> {
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
        return await context.acknowledge(this.#given.acknowledged(call.message));
      case "reply":
        return await context.reply(this.#given.answered(call.request), call.payload);
      case "replyError":
        return await context.replyError(this.#given.answered(call.request), unpackError(call.error) as WeftError);
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
        const warnings: string[] = [];
        const onWarnings = (told: readonly string[]): void => void warnings.push(...told);
        const output = await context.tools.call(name, input, { signal, onDefer, approval, onWarnings });
        return { output, warnings } satisfies ToolAnswer;
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
      case "supervise":
        return await context.supervise(specFromJson(call.spec) as SupervisorSpec);
      case "supervisorChildren":
        return await this.#supervisor(call.supervisor).children();
      case "supervisorAdd":
        return await this.#supervisor(call.supervisor).add(childFromJson(call.child) as AgentChild);
      case "supervisorRemove":
        return await this.#supervisor(call.supervisor).remove(call.id);
      case "supervisorScale":
        return await this.#supervisor(call.supervisor).scale(call.id, call.replicas);
      case "monitor":
        return await context.monitor(call.process as Pid<never>);
      case "demonitor":
        return await context.demonitor(call.ref as MonitorRef);
      case "link":
        return await context.link(call.process as Pid<never>);
      case "unlink":
        return await context.unlink(call.process as Pid<never>);
      case "elevate": {
        const { rights, forMs, reason, onDefer, approval } = call;
        return await context.elevate(rights, { forMs, reason, onDefer, approval, signal });
      }
      case "sleep":
        return await context.sleep(call.ms, { signal });
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

  #supervisor(id: number): OwnSupervisor {
    const supervisor = this.#supervisors.get(id);
    if (supervisor !== undefined) return supervisor;
    throw new ProcessInputInvalidError("this agent has started no such supervisor, or it has ended", {
      details: { issues: [] },
    });
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

  /** A request, or what is to be acknowledged, was given to the agent. */
  remember(message: Message): void {
    this.#given.remember(message);
  }
}

function target(to: number | MessageTarget): ProcessRef<Payload> | MessageTarget {
  return typeof to === "number" ? (to as Pid<Payload>) : to;
}

function plainReceipt({ status, id }: SendResult): SendResult {
  return { status, id };
}
