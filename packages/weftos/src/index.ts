/**
 * WeftOS: an agent operating system kernel. Agents are processes; every privileged action passes one gate and leaves a
 * record in a tamper-evident chain.
 *
 * @packageDocumentation
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
 */
import { exochain } from "@weftos/exochain";
import { governance } from "@weftos/governance";
import type { Feature } from "@weftos/interface";
import { ipc } from "@weftos/ipc";
import { createKernelFactory, type KernelFactory, type KernelWith } from "@weftos/kernel-boot";
import { process } from "@weftos/process";
import { tools } from "@weftos/tools";

type Defaults = readonly [
  ReturnType<typeof exochain>,
  ReturnType<typeof governance>,
  ReturnType<typeof process>,
  ReturnType<typeof ipc>,
  ReturnType<typeof tools>,
];

/**
 * Boots kernels with the default features: chain, governance, processes, messages, tools. More come by
 * `Kernel.boot({ features: [...] })`; a default that is named again is replaced.
 */
export const Kernel: KernelFactory<Defaults> = createKernelFactory(
  (): Defaults => [exochain(), governance(), process(), ipc(), tools()],
);

/** A booted kernel with the default features and those given. */
export type Kernel<Given extends readonly Feature[] = readonly []> = KernelWith<Defaults, Given>;

export {
  type AgentContext,
  type AgentDefinition,
  type AgentHandle,
  defineAction,
  defineAgent,
  type Feature,
  isWeftError,
  type Message,
  type MessagesOf,
  type OwnSupervisor,
  type Payload,
  type Pid,
  type ProcessNotice,
  WeftError,
} from "@weftos/interface";
export { workLoop } from "@weftos/ipc";
export { type BootOptions, guardTools, renderBootTree, type ShutdownReport } from "@weftos/kernel-boot";
export { defineTool } from "@weftos/tools";
