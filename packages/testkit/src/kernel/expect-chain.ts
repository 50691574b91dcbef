/** The chain as evidence in a test: what is on it, and that it verifies. */
import { AssertionError } from "node:assert";
import type { Exochain, StoredEvent } from "@weftos/exochain";
import type { JsonValue } from "@weftos/interface";

/** What can be expected of a chain. Every expectation verifies the chain as well. */
export interface ChainExpectation {
  /** Gives the newest event of a kind whose payload has these fields. @throws AssertionError when there is none */
  toContain(kind: string, fields?: Readonly<Record<string, JsonValue>>): Promise<StoredEvent>;
  /** @throws AssertionError when there is an event of the kind with these fields */
  notToContain(kind: string, fields?: Readonly<Record<string, JsonValue>>): Promise<void>;
}

/**
 * Looks at a kernel's chain.
 *
 * @example
 * ```ts no-run
 * await expectChain(kernel).toContain("agent.spawn");
 * ```
 */
export function expectChain(kernel: { readonly exochain: Exochain }): ChainExpectation {
  const search = async (kind: string, fields: Readonly<Record<string, JsonValue>>): Promise<SearchResult> => {
    const { exochain } = kernel;
    await exochain.flush();
    const { valid, faults } = await exochain.verify();
    if (!valid) {
      throw new AssertionError({ message: `expected the chain to verify, got ${JSON.stringify(faults[0])}` });
    }
    const kinds = new Set<string>();
    let newest: StoredEvent | undefined;
    for await (const event of exochain.range(0, exochain.status().sequence + 1)) {
      kinds.add(event.kind);
      if (event.kind === kind && hasFields(event, fields)) newest = event;
    }
    return { newest, kinds };
  };
  return {
    async toContain(kind, fields = {}) {
      const { newest, kinds } = await search(kind, fields);
      if (newest !== undefined) return newest;
      throw new AssertionError({
        message: `expected ${describe(kind, fields)} on the chain; it has ${[...kinds].sort().join(", ")}`,
      });
    },
    async notToContain(kind, fields = {}) {
      const { newest } = await search(kind, fields);
      if (newest === undefined) return;
      throw new AssertionError({
        message: `expected no ${describe(kind, fields)} on the chain; event ${newest.sequence} is one`,
      });
    },
  };
}

interface SearchResult {
  readonly newest: StoredEvent | undefined;
  readonly kinds: ReadonlySet<string>;
}

function hasFields({ payload }: StoredEvent, fields: Readonly<Record<string, JsonValue>>): boolean {
  const found: unknown = payload;
  return Object.entries(fields).every(
    ([name, value]) =>
      typeof found === "object" &&
      found !== null &&
      Object.hasOwn(found, name) &&
      JSON.stringify((found as Record<string, unknown>)[name]) === JSON.stringify(value),
  );
}

function describe(kind: string, fields: Readonly<Record<string, JsonValue>>): string {
  return Object.keys(fields).length === 0 ? kind : `${kind} with ${JSON.stringify(fields)}`;
}
