/** Takes a message that is made, and whose route is found, to where the route leads. The guard is asked on every way. */
import type {
  Guard,
  Message,
  Pid,
  PublishResult,
  RemoteTransport,
  RequestOptions,
  SendResult,
  Subject,
} from "@weftos/interface";
import { NoHandlerError, NoReceiverError } from "../ipc-errors.ts";
import { invalid } from "../message/call-input.ts";
import { type Envelope, type RareFields, Receipt } from "../message/envelope.ts";
import type { MessageIds } from "../message/message-ids.ts";
import { type PreparedPayload, preparePayload } from "../message/payload.ts";
import type { DeadLettering } from "./dead-lettering.ts";
import type { ProcessRoute } from "./endpoints.ts";
import { aboutMessage } from "./guard-questions.ts";
import type { KernelHandlers } from "./kernel-handlers.ts";
import type { ManyDelivery } from "./many-delivery.ts";
import type { Deliver, Requests } from "./requests.ts";
import type { Route } from "./routes.ts";
import type { TraceLog } from "./trace-log.ts";

export interface DispatchDeps {
  readonly guard: Guard;
  /** Aborts when the kernel ends. */
  readonly signal: AbortSignal;
  readonly remote: () => RemoteTransport | undefined;
  readonly ids: MessageIds;
  readonly many: ManyDelivery;
  readonly handlers: KernelHandlers;
  readonly requests: Requests;
  readonly traces: TraceLog;
  readonly deadLettering: DeadLettering;
}

export class Dispatch {
  readonly #deps: DispatchDeps;

  constructor(deps: DispatchDeps) {
    this.#deps = deps;
  }

  /** Sends a message that expects no reply to whoever is not a mailbox. @param keep - whether what is refused becomes a dead letter */
  async elsewhere(
    subject: Subject,
    message: Envelope,
    route: Exclude<Route, ProcessRoute>,
    keep: boolean,
    given?: AbortSignal,
  ): Promise<SendResult> {
    const { many, ids, signal } = this.#deps;
    const receipt = new Receipt(ids, message.number, "delivered");
    if (route.to === "topic") return someone(await many.toTopic(subject, message, route), receipt);
    if (route.to === "broadcast") return someone(many.toAll(subject, message), receipt);
    await this.#answered(subject, message, route, given ?? signal, keep);
    return receipt;
  }

  /** Puts a request to whoever can answer one. @throws IPC_INPUT_INVALID where many would get it */
  ask(
    subject: Subject,
    from: Pid,
    route: Route,
    prepared: PreparedPayload,
    read: RequestOptions,
    rare?: RareFields,
  ): Promise<Message> {
    if (route.to === "topic" || route.to === "broadcast") {
      throw invalid("the receiver of a request", "one process, service, node or the kernel", route.target.kind);
    }
    const { requests } = this.#deps;
    if (route.to === "mailbox") return requests.askProcess(subject, from, route, prepared, read, rare);
    const deliver: Deliver = (message, signal) => this.#answered(subject, message, route, signal, true);
    return requests.askElsewhere(from, route, prepared, read, deliver, rare);
  }

  /** Lets a handler of the kernel or another node have the message; what it answers is the result. */
  #answered(
    subject: Subject,
    message: Envelope,
    route: Extract<Route, { readonly to: "kernel" | "remote" | "nowhere" }>,
    signal: AbortSignal,
    keep: boolean,
  ): Promise<PreparedPayload> {
    const { guard, handlers, requests, remote, traces, deadLettering } = this.#deps;
    const answer = (): Promise<PreparedPayload> => {
      if (route.to === "nowhere") {
        if (keep) deadLettering.bury(message, "target-not-found");
        throw route.error;
      }
      traces.record(message, "delivered");
      if (route.to === "remote") return requests.overMesh(remote(), route.node, message, signal);
      return handlers.handle(message, subject, signal).then(
        (reply) => preparePayload(reply),
        (error: unknown) => {
          if (keep && error instanceof NoHandlerError) deadLettering.bury(message, "no-handler");
          throw error;
        },
      );
    };
    return traces.ask(message, () => guard.performSync(aboutMessage("ipc.send", subject, message, route), answer));
  }
}

function someone({ delivered, refused }: PublishResult, receipt: SendResult): SendResult {
  if (delivered > 0) return receipt;
  throw new NoReceiverError("nobody got the message", { details: { refused }, retryable: true });
}
