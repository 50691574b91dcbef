/** Takes in what other nodes send, under the name of the node: what a node may do, the capability check says. */
import type { NodeId, Pid, RemoteEnvelope, RemoteReply, Subject } from "@weftos/interface";
import { localTargetOf, pidOf, readOptions } from "../message/call-input.ts";
import type { MessageMaker } from "../message/message-maker.ts";
import { preparePayload } from "../message/payload.ts";
import type { Dispatch } from "./dispatch.ts";
import type { MailboxDelivery } from "./mailbox-delivery.ts";
import { declared } from "./requests.ts";
import type { Routes } from "./routes.ts";

export interface RemoteIntakeDeps {
  readonly routes: Routes;
  readonly maker: MessageMaker;
  readonly mailboxes: MailboxDelivery;
  readonly dispatch: Dispatch;
}

export class RemoteIntake {
  readonly #deps: RemoteIntakeDeps;

  constructor(deps: RemoteIntakeDeps) {
    this.#deps = deps;
  }

  /** Takes one message; `from` stays the PID that the sender has on its node. @returns the reply to a request */
  async take(
    node: NodeId,
    envelope: RemoteEnvelope,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<RemoteReply | undefined> {
    const { routes, maker, mailboxes, dispatch } = this.#deps;
    const subject: Subject = { kind: "node", id: node };
    const from = pidOf(envelope.from) as Pid;
    const { kind: sentAs, payload, trace = null, hops, segmentType, timeoutMs } = envelope;
    const kind = declared(sentAs);
    const forwards = { hops: hops - 1, trace: undefined };
    const read = readOptions({ kind, trace, segmentType, timeoutMs, signal, forwards });
    const route = routes.find(localTargetOf(envelope.target));
    const prepared = preparePayload(payload, kind);
    if (timeoutMs === undefined) {
      const message = maker.make(from, route.target, prepared, read, undefined, { node });
      if (route.to === "mailbox") mailboxes.deliver(subject, message, route, true);
      else await dispatch.elsewhere(subject, message, route, true, signal);
      return undefined;
    }
    const reply = await dispatch.ask(subject, from, route, prepared, read, { node });
    return { kind: reply.kind === "signal" ? "text" : reply.kind, payload: reply.payload, error: undefined };
  }
}
