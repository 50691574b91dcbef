// Holds the resource tree against the events: folded from the first one on, each must leave the root that it recorded. What a
// redaction took cannot be folded; from there on nothing is said of the tree until an event begins it anew.
import { decodeCanonical } from "@weftos/crypto";
import type { JsonObject } from "@weftos/interface";
import { type ContentRecord, isRedacted } from "../format/content-record.ts";
import type { EventFields } from "../format/event-record.ts";
import { TreeFold } from "../tree/tree-fold.ts";

export class TreeCheck {
  readonly #fold = new TreeFold();

  /** Takes an event of a kind that may change the tree. @returns what is wrong, in one sentence */
  fault({ sequence, kind }: EventFields, record: ContentRecord | undefined): string | undefined {
    if (record === undefined) return undefined;
    const fold = this.#fold;
    const { known } = fold;
    const before = fold.faultCount;
    if (isRedacted(record)) fold.add({ sequence, kind, payload: undefined, redacted: true });
    else fold.add({ sequence, kind, payload: payloadOf(record), redacted: false });
    return known && fold.faultCount > before ? `resource tree: ${fold.lastFault}` : undefined;
  }
}

function payloadOf({ content }: ContentRecord): JsonObject | undefined {
  try {
    return decodeCanonical(content) as JsonObject;
  } catch {
    // That the content is no payload is told elsewhere, or by the root that does not follow.
    return undefined;
  }
}
