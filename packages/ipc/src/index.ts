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
export type { Cron, CronCall, CronJobInfo } from "./cron/cron.ts";
export type { CronJob, CronJobChange, CronRun, NewCronJob } from "./cron/cron-job.ts";
export type { DeadLetter, DeadLetterFilter, DeadLetterReason } from "./dead-letter/dead-letter.ts";
export type { DeadLetterBook, Ipc, IpcEvents, To } from "./ipc.ts";
export {
  DeadLetterEmptyError,
  DeadLetterNotFoundError,
  DurableTakenError,
  HandlerFailedError,
  InboxFullError,
  IpcInputInvalidError,
  NoHandlerError,
  NoMeshError,
  NoReceiverError,
  NotAtOnceError,
  OutboxFullError,
  PayloadInvalidError,
  PayloadTooLargeError,
  RequestTimeoutError,
  SenderNotRunningError,
  ServiceElsewhereError,
  ServiceNotFoundError,
  TargetExitedError,
  TargetNotFoundError,
  TooManyDurablesError,
  TooManyHopsError,
  TooManyRequestsError,
  TooManySubscriptionsError,
  TopicInvalidError,
} from "./ipc-errors.ts";
export { ipc } from "./ipc-feature.ts";
export type { GivenSignal } from "./message/call-input.ts";
export type { KernelHandler } from "./routing/kernel-handlers.ts";
export type { TraceStep } from "./routing/trace-log.ts";
export type { DurableInfo } from "./topic/durable-topic.ts";
export type { MessageStream, StreamOptions } from "./topic/message-stream.ts";
export type { TopicInfo } from "./topic/subscriptions.ts";
export type { WorkCommand } from "./work-loop/command.ts";
export {
  CommandFailedError,
  type CommandHandler,
  CommandInvalidError,
  LoopSuspendedError,
  type WorkLoopInit,
  workLoop,
} from "./work-loop/work-loop.ts";
