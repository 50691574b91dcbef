/** What an agent says and answers: each message goes to the router under the PID of this one start, which asks the guard. */
import type {
  Message,
  MessageTarget,
  Payload,
  ProcessRef,
  PublishResult,
  ReplyResult,
  RequestOptions,
  SendOptions,
  SendResult,
  SubscribeOptions,
  WeftError,
} from "@weftos/interface";
import { ContextParts, chargeMessage, entered, entryOf, held, pongOf } from "./context-parts.ts";
import { receiverOf } from "./process-ref.ts";

export abstract class ContextMessages extends ContextParts {
  /** Not async: this is called millions of times, and a promise more would cost a tenth of each. */
  send<M extends Payload>(to: ProcessRef<M> | MessageTarget, payload: M, options?: SendOptions): Promise<SendResult> {
    try {
      const host = entered(this);
      const hold = held(this, options?.signal);
      if (hold !== undefined) return hold.then(() => this.send(to, payload, options));
      const charged = chargeMessage(this);
      if (charged !== undefined)
        return charged.then(() => host.router().send(entryOf(this).pid, receiverOf(to), payload, options));
      return host.router().send(entryOf(this).pid, receiverOf(to), payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Not async, as `send`. */
  request<M extends Payload>(
    to: ProcessRef<M> | MessageTarget,
    payload: M,
    options?: RequestOptions,
  ): Promise<Message> {
    try {
      const host = entered(this);
      const hold = held(this, options?.signal);
      if (hold !== undefined) return hold.then(() => this.request(to, payload, options));
      const charged = chargeMessage(this);
      if (charged !== undefined) {
        return charged.then(() => host.router().request(entryOf(this).pid, receiverOf(to), payload, options));
      }
      return host.router().request(entryOf(this).pid, receiverOf(to), payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Not async, as `send`. Never held: it is about a message that was taken before. */
  reply(request: Message<unknown>, payload: Payload): Promise<ReplyResult> {
    try {
      const host = entered(this);
      const charged = chargeMessage(this, request.from);
      if (charged !== undefined) {
        return charged.then(() => host.router().reply(entryOf(this).pid, request as Message, payload));
      }
      return host.router().reply(entryOf(this).pid, request as Message, payload);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async replyError(request: Message<unknown>, error: WeftError): Promise<ReplyResult> {
    const host = entered(this);
    await chargeMessage(this, request.from);
    return await host.router().replyError(entryOf(this).pid, request as Message, error);
  }

  async acknowledge(message: Message<unknown>): Promise<void> {
    const host = entered(this);
    await host.router().acknowledge(entryOf(this).pid, message as Message);
  }

  async publish(topic: string, payload: Payload, options?: SendOptions): Promise<PublishResult> {
    const host = entered(this);
    const hold = held(this, options?.signal);
    if (hold !== undefined) await hold;
    await chargeMessage(this);
    return await host.router().publish(entryOf(this).pid, topic, payload, options);
  }

  async broadcast(payload: Payload, options?: SendOptions): Promise<PublishResult> {
    const host = entered(this);
    const hold = held(this, options?.signal);
    if (hold !== undefined) await hold;
    await chargeMessage(this);
    return await host.router().broadcast(entryOf(this).pid, payload, options);
  }

  async subscribe(pattern: string, options?: SubscribeOptions): Promise<void> {
    const host = entered(this);
    const hold = held(this);
    if (hold !== undefined) await hold;
    await host.router().subscribe(entryOf(this).pid, pattern, options);
  }

  async unsubscribe(pattern: string, options?: Pick<SubscribeOptions, "group">): Promise<void> {
    const host = entered(this);
    host.router().unsubscribe(entryOf(this).pid, pattern, options);
  }

  /** Answers a ping; other signals have acted already when they come here. */
  protected override onSignal(message: Message): void {
    if (message.payload !== "ping" || message.deadline === undefined) return;
    const answer = async (): Promise<void> => {
      await pongOf(this)?.();
      await this.reply(message, "pong");
    };
    answer().catch((error: unknown) => {
      this.log.debug("a ping could not be answered", { error: error instanceof Error ? error.message : "unknown" });
    });
  }
}
