/**
 * K2 of WeftOS: mailboxes, requests, topics, signals and dead letters between the processes of one kernel.
 *
 * @example
 * ```ts
 * import { defineAgent, Kernel } from "weftos";
 *
 * const kernel = await Kernel.boot();
 * const echo = defineAgent({
 *   name: "echo",
 *   async run(agent) {
 *     for await (const message of agent.inbox) await agent.reply(message, message.payload);
 *   },
 * });
 * const { pid } = await kernel.process.spawn(echo);
 * const answer = await kernel.ipc.request(pid, { text: "hello" }, { timeoutMs: 500 });
 * console.log(answer.payload);
 * await kernel.shutdown();
 * ```
 *
 * @packageDocumentation
 */
export type { DeadLetter, DeadLetterReason } from "./dead-letter/dead-letters.ts";
export type { Ipc, IpcEvents } from "./ipc.ts";
export {
  InboxFullError,
  IpcInputInvalidError,
  NotARequestError,
  PayloadInvalidError,
  PayloadTooLargeError,
  RequestTimeoutError,
  SenderNotRunningError,
  TargetExitedError,
  TargetNotFoundError,
  TooManyRequestsError,
  TooManySubscriptionsError,
  TopicInvalidError,
} from "./ipc-errors.ts";
export { ipc } from "./ipc-feature.ts";
export type { GivenSignal } from "./message/call-input.ts";
