/** The parts of one kernel that exist from the first moment of its boot: state, ring, log, signal. */
import type {
  Clock,
  EventEmitter,
  KernelEvent,
  KernelState,
  LogFields,
  Logger,
  LogLevel,
  LogSink,
} from "@weftos/interface";
import { createEmitter } from "../event/event-hub.ts";
import { BootTimer } from "../log/boot-tree.ts";
import { EventRing } from "../log/event-ring.ts";
import { type KernelLogs, kernelLogs } from "../log/kernel-logs.ts";
import { LEVELS } from "../log/log-levels.ts";
import { LogOutput } from "../log/log-output.ts";
import { ToldLines } from "../log/told-lines.ts";
import type { BootOptions, KernelEvents } from "./kernel.ts";

export class KernelCore {
  readonly clock: Clock;
  readonly output: LogOutput;
  readonly events: EventEmitter<KernelEvents>;
  readonly ring: EventRing;
  readonly logs: KernelLogs;
  readonly timer: BootTimer;
  readonly #stopping = new AbortController();
  readonly #told: ToldLines;
  readonly #origin: number;
  #state: KernelState = "booting";

  constructor(clock: Clock, options: Pick<BootOptions, "onEvent" | "onStateChanged" | "logSink" | "logLevels">) {
    this.clock = clock;
    this.#origin = clock.monotonic();
    this.timer = new BootTimer(() => clock.monotonic());
    this.output = new LogOutput({ now: () => clock.now(), levels: { base: "info", subsystems: new Map() } });
    if (options.logLevels !== undefined) this.output.setLevels(options.logLevels);
    if (options.logSink !== undefined) this.output.useSink(borrowed(options.logSink));
    this.events = createEmitter<KernelEvents>(this.output.logger("kernel"));
    if (options.onEvent !== undefined) this.events.on("kernel:event-logged", options.onEvent);
    if (options.onStateChanged !== undefined) this.events.on("kernel:state-changed", options.onStateChanged);
    this.ring = new EventRing((event) => this.events.emit("kernel:event-logged", event));
    this.logs = kernelLogs(this.ring, this.events, this.output);
    this.#told = new ToldLines({ clock, tell: (event) => this.ring.push({ ...event, time: clock.now() }) });
  }

  get state(): KernelState {
    return this.#state;
  }

  set state(to: KernelState) {
    const from = this.#state;
    if (from === to) return;
    this.#state = to;
    this.events.emit("kernel:state-changed", { from, to, time: this.clock.now() });
  }

  get uptimeMs(): number {
    return Math.round(this.clock.monotonic() - this.#origin);
  }

  /** Aborts when the kernel begins to shut down, or its boot failed. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  beginStop(): void {
    this.#stopping.abort(new DOMException("the kernel shuts down", "AbortError"));
  }

  /** Writes a line of the boot log and ring, and the same line to the log. */
  report(event: Omit<KernelEvent, "index" | "time">): void {
    const level = LEVELS.includes(event.level) ? event.level : "info";
    this.ring.push({ ...event, level, time: this.clock.now() });
    this.output.write(event.source, level, event.message, { phase: event.phase });
  }

  /** Gives the logger of the kernel or a feature: its warnings and errors are in the ring too. */
  voice(subsystem: string): Logger {
    const { output } = this;
    const logger = output.logger(subsystem);
    const aloud =
      (level: "warn" | "error") =>
      (message: string, fields?: LogFields): void => {
        logger[level](message, fields);
        if (output.wanted(subsystem, level)) this.#told.line(subsystem, level, message, fields);
      };
    const isAloud = (level: LogLevel): boolean => level === "warn" || level === "error";
    return {
      ...logger,
      warn: aloud("warn"),
      error: aloud("error"),
      enabled: (level) => (isAloud(level) ? output.wanted(subsystem, level) : logger.enabled(level)),
    };
  }

  /** Writes a line of the kernel itself. */
  say(phase: KernelEvent["phase"], message: string, level: KernelEvent["level"] = "info"): void {
    this.report({ phase, message, level, source: "kernel" });
  }
}

/** A sink of the host: the host closes it. */
function borrowed(sink: LogSink): LogSink {
  return { write: (record) => sink.write(record), close: () => Promise.resolve() };
}
