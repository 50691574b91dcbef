/** What a feature is handed when it is created: its ports, checked against what it declared, and the kernel's services. */
import type { AnyPort, Feature, FeatureContext, KernelEvent, Port } from "@weftos/interface";
import { createEmitter } from "../event/event-hub.ts";
import type { PortCells } from "./port-cells.ts";
import { PortNotReadyError, PortUndeclaredError } from "./port-errors.ts";

/** The parts that are alike for all features. */
export interface ContextDeps
  extends Pick<
    FeatureContext,
    "clock" | "random" | "platform" | "files" | "dir" | "persistent" | "environment" | "guard" | "catalogue" | "signal"
  > {
  readonly cells: PortCells;
  readonly sections: Readonly<Record<string, unknown>>;
  readonly configSource: (section: string) => FeatureContext["configSource"];
  /** Its own voice, and those of others that speak through it. */
  readonly voiceOf: (feature: string) => FeatureContext["logger"];
  readonly loggerOf: (subsystem: string) => FeatureContext["logger"];
  readonly report: (event: Omit<KernelEvent, "index" | "time">) => void;
}

/** Makes the context of one feature. */
export function featureContext(feature: Feature, deps: ContextDeps): FeatureContext {
  const { cells, sections, configSource, voiceOf, loggerOf, report, ...kernel } = deps;
  const { name } = feature;
  const logger = voiceOf(name);
  const declared = (port: AnyPort, lists: readonly (readonly AnyPort[])[]): void => {
    if (lists.some((list) => list.some((known) => known.name === port.name))) return;
    throw new PortUndeclaredError(
      `the feature ${name} asks for the port ${port.name} and declares it in neither needs nor uses`,
      {
        details: { port: port.name, feature: name },
      },
    );
  };
  return {
    ...kernel,
    config: sections[name],
    configSource: configSource(name),
    logger,
    need<T>(port: Port<T, "one">): T {
      declared(port, [feature.needs]);
      const value = cells.peek<T>(port);
      if (value !== undefined) return value;
      throw new PortNotReadyError(`${name} needs the port ${port.name}, which nobody has provided yet`, {
        details: { port: port.name, calledBy: name, provider: undefined },
      });
    },
    use<T>(port: Port<T, "one">): () => T {
      declared(port, [feature.uses, feature.needs]);
      return cells.late<T>(port, name);
    },
    all<T>(port: Port<T, "many">): () => readonly T[] {
      declared(port, [feature.uses, feature.needs]);
      return () => cells.all<T>(port);
    },
    provide: (port, value) => ({ port, value }),
    report: (phase, message, level = "info") => report({ phase, message, level, source: name }),
    loggerFor: loggerOf,
    events: () => createEmitter(logger),
  };
}
