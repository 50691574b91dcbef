import type { ActionCatalogue } from "../action/action.ts";
import type { Guard } from "../action/guard.ts";
import type { ConfigSource } from "../config/config-source.ts";
import type { BootPhase } from "../kernel/kernel-event.ts";
import type { Clock } from "../platform/clock.ts";
import type { Files } from "../platform/files.ts";
import type { Logger } from "../platform/logger.ts";
import type { Platform } from "../platform/platform.ts";
import type { Random } from "../platform/random.ts";
import type { EventEmitter, EventMap } from "./events.ts";
import type { Port, Provision } from "./port.ts";

/** A late binding: gives the provider. @throws `PORT_NOT_READY` before it runs */
export type Late<T> = () => T;

/** What the kernel hands to a feature when it is created. */
export interface FeatureContext {
  /** This feature's section of the configuration, checked and with defaults; undefined when it declares none. */
  readonly config: unknown;
  /** Where that section came from. */
  readonly configSource: ConfigSource;
  readonly clock: Clock;
  readonly random: Random;
  /** Writes under the feature's name. */
  readonly logger: Logger;
  readonly platform: Platform;
  /** Files of the state directory; in memory when the kernel has none. */
  readonly files: Files;
  /** Absolute path of the state directory within `files`. */
  readonly dir: string;
  /** Whether `files` outlive the program. */
  readonly persistent: boolean;
  /** The configured one: `development`, `staging`, `production` or a custom name. */
  readonly environment: string;
  readonly guard: Guard;
  readonly catalogue: ActionCatalogue;
  /** Aborts when the kernel begins to shut down. */
  readonly signal: AbortSignal;
  /** Gives the provider of a port in `needs`: created, and started before this feature starts. */
  need<T>(port: Port<T, "one">): T;
  /** Gives a late binding to a port in `uses`. */
  use<T>(port: Port<T, "one">): Late<T>;
  /** Gives all providers of a many-port in `uses` or `needs`; complete once every feature is created. */
  all<T>(port: Port<T, "many">): () => readonly T[];
  /** Pairs a port with its provider, for `FeatureInstance.provisions`. */
  provide<T>(port: Port<T>, value: T): Provision;
  /** Writes a line of the boot log and the event ring. */
  report(phase: BootPhase, message: string, level?: "debug" | "info" | "warn" | "error"): void;
  /** Makes a logger of a subsystem with levels of its own, such as `agent`. */
  loggerFor(subsystem: string): Logger;
  /** Makes a typed source of in-process events; a listener that throws is logged and harms nobody. */
  events<Events extends EventMap>(): EventEmitter<Events>;
}
