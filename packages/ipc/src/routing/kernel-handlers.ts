/** What the program that embeds the kernel does with messages to the kernel itself. */
import { isWeftError, type Message, type Payload, type Subject, type WeftError } from "@weftos/interface";
import { HandlerFailedError, NoHandlerError } from "../ipc-errors.ts";

const MAX_HANDLERS = 1000;

/** Takes a message to the kernel. Gives the reply (null when there is nothing to say), or undefined for what is not its own. */
export type KernelHandler = (
  message: Message,
  about: { readonly subject: Subject; readonly signal: AbortSignal },
) => Payload | undefined | Promise<Payload | undefined>;

export class KernelHandlers {
  readonly #handlers = new Set<KernelHandler>();

  /** @returns a function that removes the handler @throws RangeError over 1000 */
  add(handler: KernelHandler): () => void {
    if (this.#handlers.size >= MAX_HANDLERS) throw new RangeError(`a kernel takes at most ${MAX_HANDLERS} handlers`);
    // The same function twice is two registrations.
    const own: KernelHandler = (message, about) => handler(message, about);
    this.#handlers.add(own);
    return () => {
      this.#handlers.delete(own);
    };
  }

  /** Asks one handler after the other. @throws IPC_NO_HANDLER when it is nobody's, and what the handler throws */
  async handle(message: Message, subject: Subject, signal: AbortSignal): Promise<Payload> {
    for (const handler of this.#handlers) {
      const reply = await handler(message, { subject, signal });
      if (reply !== undefined) return reply;
    }
    throw new NoHandlerError("the kernel has no handler for this message", { details: { messageId: message.id } });
  }
}

/** An error as it goes back in a reply; what is no WeftError is not told in detail. */
export function asReplyError(error: unknown, message: Message): WeftError {
  if (isWeftError(error)) return error;
  return new HandlerFailedError("the kernel's handler failed", { details: { messageId: message.id }, cause: error });
}
