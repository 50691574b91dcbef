/**
 * The kernel's work loop: what an agent does that only carries out commands. Each message is answered when it asks for a reply, and
 * acknowledged when it does not; what goes wrong is an error reply with its code. A command does what the agent itself may do: an
 * `exec` passes the guard as its tool call, whatever payload it came in.
 */
import {
  type AgentContext,
  isWeftError,
  type JsonValue,
  type Message,
  type Payload,
  WeftError,
} from "@weftos/interface";
import { commandOf, type WorkCommand } from "./command.ts";

/** Raised to who sent a command that the work loop does not know, or with fields that are not what they may be. */
export class CommandInvalidError extends WeftError<{ readonly cmd: string; readonly expected: string }> {
  override readonly code = "IPC_COMMAND_INVALID";
}

/** Raised to who sends anything but `resume` to a work loop that was suspended by a command. */
export class LoopSuspendedError extends WeftError<{ readonly pid: number }> {
  override readonly code = "IPC_LOOP_SUSPENDED";
}

/** Raised to the sender of a command that failed with what is no error of WeftOS. */
export class CommandFailedError extends WeftError<{ readonly cmd: string }> {
  override readonly code = "IPC_COMMAND_FAILED";
}

/** Answers a command; undefined for one that is not its own. */
export type CommandHandler = (
  command: WorkCommand,
  agent: AgentContext,
) => Promise<JsonValue | undefined> | JsonValue | undefined;

/** What a work loop is made of besides its own commands. */
export interface WorkLoopInit {
  /** Answers commands that the loop does not know. @defaultValue they are refused */
  readonly handle?: CommandHandler | undefined;
}

/**
 * Makes the `run` of an agent that carries out the commands of the kernel: `ping`, `echo`, `exec`, `cron.add`, `cron.list`,
 * `cron.remove`, `rvf.recv`, `suspend`, `resume`.
 *
 * @example
 * ```ts no-run
 * const worker = defineAgent({ name: "worker", run: workLoop() });
 * const { pid } = await kernel.process.spawn(worker);
 * await kernel.ipc.request(pid, { cmd: "exec", tool: "fs.stat", args: { path: "/tmp" } });
 * ```
 */
export function workLoop(init: WorkLoopInit = {}): (agent: AgentContext) => Promise<void> {
  return async (agent) => {
    let suspended = false;
    for await (const message of agent.inbox) {
      if (message.kind === "signal") continue;
      const command = commandOf(message);
      try {
        if (command === undefined) throw unknownCommand("", "a command: an object with cmd");
        if (command.cmd === "suspend" || command.cmd === "resume") suspended = command.cmd === "suspend";
        else if (suspended) throw parked(agent);
        // By the kernel's clock, which may have been set back.
        const uptimeMs = Math.max(0, message.sentAt - agent.startedAt);
        const answer = await carryOut(command, agent, uptimeMs, init.handle);
        await settle(agent, message, answer);
      } catch (error) {
        await refuse(agent, message, command?.cmd ?? "", error);
      }
    }
  };
}

async function carryOut(
  command: WorkCommand,
  agent: AgentContext,
  uptimeMs: number,
  handle: CommandHandler | undefined,
): Promise<JsonValue> {
  const { cmd, fields } = command;
  const { pid } = agent;
  switch (cmd) {
    case "ping":
      return { status: "ok", pid, uptimeMs };
    case "echo":
      return { echo: fields.text ?? "", pid };
    case "exec":
      return await exec(fields, agent);
    case "rvf.recv":
      return { status: "ok", segmentType: fields.segmentType ?? 0, dataLen: fields.dataLen ?? 0, pid };
    case "suspend":
      return { status: "suspended", pid };
    case "resume":
      return { status: "resumed", pid };
    case "cron.add":
    case "cron.list":
    case "cron.remove":
      // The kernel keeps the jobs; it checks what this agent may do with them.
      return (await agent.request({ kind: "kernel" }, { cmd, ...fields })).payload as JsonValue;
    default: {
      const answer = await handle?.(command, agent);
      if (answer !== undefined) return answer;
      throw unknownCommand(cmd, "ping, echo, exec, cron.add, cron.list, cron.remove, rvf.recv, suspend or resume");
    }
  }
}

async function exec({ tool, args, text }: WorkCommand["fields"], agent: AgentContext): Promise<JsonValue> {
  const { pid } = agent;
  if (tool === undefined) return { status: "ok", echo: text ?? "", pid };
  if (typeof tool !== "string") throw unknownCommand("exec", "a tool by name");
  return { status: "ok", tool, result: await agent.tools.call(tool, args ?? {}), pid };
}

async function settle(agent: AgentContext, message: Message, answer: Payload): Promise<void> {
  await agent.reply(message, answer);
  await agent.acknowledge(message);
}

/**
 * Tells who asked; a message that asked for no reply leaves a line in the log instead. A failure to answer harms no other message: it
 * is logged, and the requester's time runs out.
 */
async function refuse(agent: AgentContext, message: Message, cmd: string, error: unknown): Promise<void> {
  const told = isWeftError(error)
    ? error
    : new CommandFailedError(`the command ${shown(cmd)} failed`, { details: { cmd: shown(cmd) }, cause: error });
  try {
    const { status } = await agent.replyError(message, told);
    if (status === "unasked") {
      agent.log.warn("a command failed", { messageId: message.id, from: message.from, code: told.code });
    }
    await agent.acknowledge(message);
  } catch (failure) {
    agent.log.warn("a command could not be answered", {
      messageId: message.id,
      code: isWeftError(failure) ? failure.code : "UNKNOWN",
    });
  }
}

function unknownCommand(cmd: string, expected: string): CommandInvalidError {
  return new CommandInvalidError(`expected ${expected}, got ${shown(cmd) === "" ? "none" : shown(cmd)}`, {
    details: { cmd: shown(cmd), expected },
  });
}

function parked({ pid }: AgentContext): LoopSuspendedError {
  return new LoopSuspendedError(`process ${pid} is suspended: it takes resume alone`, {
    details: { pid },
    retryable: true,
  });
}

function shown(cmd: string): string {
  return cmd.slice(0, 64);
}
