/** Messages that the outbox carries: asked about and given to it once, placed by it as often as it takes. */
import { type Guard, isWeftError, type Pid, type SendResult, type Subject } from "@weftos/interface";
import type { Pushed } from "../mailbox/mailbox.ts";
import { invalid } from "../message/call-input.ts";
import type { Envelope } from "../message/envelope.ts";
import type { DeadLettering } from "./dead-lettering.ts";
import type { Durability } from "./durability.ts";
import type { Endpoints, ProcessRoute } from "./endpoints.ts";
import { aboutMessage } from "./guard-questions.ts";
import { notFound, type Route, type Routes } from "./routes.ts";
import type { TraceLog } from "./trace-log.ts";

export interface ReliableDeliveryDeps {
  readonly guard: Guard;
  readonly endpoints: Endpoints;
  readonly routes: Routes;
  readonly traces: TraceLog;
  readonly durability: Durability;
  readonly deadLettering: DeadLettering;
}

export class ReliableDelivery {
  readonly #deps: ReliableDeliveryDeps;

  constructor(deps: ReliableDeliveryDeps) {
    this.#deps = deps;
  }

  /** Gives a message to the outbox. @param key - what makes a second one of the same sender a duplicate */
  async post(subject: Subject, message: Envelope, route: Route, key: string | undefined): Promise<SendResult> {
    const { guard, traces, durability, deadLettering } = this.#deps;
    const single = route.to === "mailbox" || (route.to === "nowhere" && route.target.kind !== "process");
    if (!single) throw invalid("the receiver of a reliable message", "one process or service", route.target.kind);
    const { outbox } = durability.required;
    if (route.to === "mailbox" && route.endpoint === undefined) {
      deadLettering.bury(message, "target-not-found", route.pid);
      throw notFound(route.pid);
    }
    const call = aboutMessage("ipc.send", subject, message, route);
    traces.ask(message, () => guard.performSync({ ...call, settles: message }, () => undefined));
    traces.record(message, "queued");
    return await outbox.post(message, key, route.to === "mailbox" ? route.pid : undefined);
  }

  /** Puts a reliable message, which the guard let pass, into the mailbox of whoever is its receiver now. */
  place(
    message: Envelope,
    { sender, passed }: { readonly sender: Pid; readonly passed: Pid | undefined },
  ): { readonly pushed: Pushed | "nobody"; readonly pid: Pid | undefined } {
    const route = this.#deps.routes.find(message.target);
    const endpoint = route.to === "mailbox" ? route.endpoint : undefined;
    if (route.to !== "mailbox" || endpoint === undefined) return { pushed: "nobody", pid: undefined };
    // A service may be at another process by now, which the guard was not asked about.
    const asked = message.target.kind === "process" || endpoint.pid === passed;
    if (!asked && !this.#mayReach(sender, message, route)) return { pushed: "nobody", pid: undefined };
    return { pushed: endpoint.mailbox.push(message), pid: endpoint.pid };
  }

  #mayReach(sender: Pid, message: Envelope, route: ProcessRoute): boolean {
    const { guard, endpoints } = this.#deps;
    try {
      const call = aboutMessage("ipc.send", endpoints.subject(sender), message, route);
      return guard.performSync({ ...call, actorPid: sender, time: undefined, settles: undefined }, () => true);
    } catch (error) {
      if (!isWeftError(error)) throw error;
      return false;
    }
  }
}
