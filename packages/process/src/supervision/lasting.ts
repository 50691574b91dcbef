/**
 * What outlives the restart of a supervisor, which makes its children anew from their specifications: that one of them is suspended, and
 * the rights that somebody gave it or took from it. Otherwise whoever brings its supervisor down would be free of both.
 */
import type { Capabilities } from "@weftos/interface";
import type { Child } from "./child.ts";

/** What lasts of one child, and of those below it by their ids. */
export interface Lasting {
  readonly suspended: boolean;
  /** Undefined when they are those of its specification. */
  readonly capabilities: Capabilities | undefined;
  readonly below: ReadonlyMap<string, Lasting>;
}

/** Tells what lasts of a child; undefined when nothing was changed. */
export function lastingOf(child: Child, below: ReadonlyMap<string, Lasting> = new Map()): Lasting | undefined {
  const { suspended, changedRights: capabilities } = child;
  if (!suspended && capabilities === undefined && below.size === 0) return undefined;
  return { suspended, capabilities, below };
}
