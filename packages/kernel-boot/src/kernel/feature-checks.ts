/** What a boot checks and collects of its features besides their order. */
import {
  approvedRunner,
  auditLog,
  auditReader,
  type Feature,
  methodTable,
  processDirectory,
  serviceDirectory,
} from "@weftos/interface";
import type { ActionRunner } from "../action/action-runner.ts";
import type { PortCells } from "../graph/port-cells.ts";
import { ActionConflictError, Catalogue } from "../guard/catalogue.ts";
import type { BootOptions } from "./kernel.ts";
import { KernelFeatureError } from "./kernel-errors.ts";
import { kernelActions, kernelEventKinds } from "./kernel-feature.ts";

/** Names of the single ports that the kernel itself provides. */
export const BUILT_IN: ReadonlySet<string> = new Set([approvedRunner.name, methodTable.name, serviceDirectory.name]);
/** Names of the single ports that the kernel provides when no feature does. */
export const FALLBACK: ReadonlySet<string> = new Set([auditLog.name, auditReader.name]);

/** Collects the actions that the kernel and its features declare. */
export function catalogueOf(features: readonly Feature[]): Catalogue {
  const kinds = new Map<string, string>();
  for (const { kind } of kernelEventKinds) kinds.set(kind, "kernel");
  // The first to describe a kind has it: those that others need come first.
  for (const { name, events } of features) {
    for (const { kind } of events) if (!kinds.has(kind)) kinds.set(kind, name);
  }
  const catalogue = new Catalogue(kinds);
  for (const action of kernelActions) catalogue.declare("kernel", action);
  for (const feature of features) for (const action of feature.actions) catalogue.declare(feature.name, action);
  return catalogue;
}

/** Declares the actions of the host; none may have the name of another. */
export function declareHostActions(
  runner: ActionRunner,
  catalogue: Catalogue,
  actions: NonNullable<BootOptions["actions"]>,
): void {
  for (const action of actions) {
    const name = action.declaration?.name;
    if (name !== undefined && catalogue.find(name) !== undefined) {
      throw new ActionConflictError(`the action ${name} is declared twice`, {
        details: { action: name, declaredBy: ["host"] },
      });
    }
    runner.declare(action);
  }
}

/** Refuses a feature that provides more or less than it lists. */
export function checkProvisions(
  feature: Feature,
  provisions: readonly { readonly port: { readonly name: string } }[],
): void {
  const promised = feature.provides.map((port) => port.name);
  const given = provisions.map(({ port }) => port.name);
  const missing = promised.find((name) => !given.includes(name));
  const extra = given.find((name) => !promised.includes(name));
  if (missing === undefined && extra === undefined) return;
  const what =
    missing === undefined ? `gives the port ${extra}, which it does not list` : `does not give the port ${missing}`;
  throw new KernelFeatureError(`the feature ${feature.name} ${what} in provides`, {
    details: { feature: feature.name },
  });
}

/** Names the feature that provides a port. */
export function providerOf(features: readonly Feature[], port: string): string | undefined {
  return features.find((feature) => feature.provides.some((one) => one.name === port))?.name;
}

/** Tells which ports a feature would use and nobody provides. */
export function missingPorts(feature: Feature, features: readonly Feature[]): string[] {
  return feature.uses
    .filter((port) => port.arity === "one" && !BUILT_IN.has(port.name) && !FALLBACK.has(port.name))
    .filter((port) => providerOf(features, port.name) === undefined)
    .map((port) => `${feature.name} runs without ${port.name}: no feature provides it`);
}

/** Counts the processes that have not ended. */
export function countLive(cells: PortCells): number {
  return (cells.running(processDirectory)?.list() ?? []).filter((info) => info.state !== "exited").length;
}
