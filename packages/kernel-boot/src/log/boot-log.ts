/** The boot log as text: the banner, and one line an event, with the phase's tag padded to ten. */
import type { BootPhase, KernelEvent } from "@weftos/interface";

const TAGS: Readonly<Record<BootPhase, string>> = {
  init: "INIT",
  config: "CONFIG",
  services: "SERVICES",
  tree: "TREE",
  agents: "AGENTS",
  network: "NETWORK",
  ecc: "ECC",
  ready: "READY",
};

/** The name and version over a rule of 45 dashes, after an empty line. */
export function bannerText(version: string): string {
  return `\nWeftOS ${version}\n${"-".repeat(45)}`;
}

/** Writes one line of the boot log: two spaces, the tag padded to ten in brackets, the message. */
export function bootLine(event: Pick<KernelEvent, "phase" | "message">): string {
  return `  [${TAGS[event.phase].padEnd(10)}] ${event.message}`;
}

/** Writes the boot log, debug and trace left out. */
export function bootLogText(events: readonly KernelEvent[]): string {
  return events
    .filter((event) => event.level !== "debug" && event.level !== "trace")
    .map(bootLine)
    .join("\n");
}
