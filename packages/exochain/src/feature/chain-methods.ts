// The chain's part of the method table.
import type { Guard, JsonValue, Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { StoredEvent } from "../reader/stored-event.ts";
import type { Chain } from "../writer/chain.ts";
import { findAction } from "./action-record.ts";

const MAX_NOTE_CHARACTERS = 16_384;

/** Makes the methods `chain.*` and `action.show`. */
export function chainMethods(chain: () => Chain, guard: Pick<Guard, "perform">): Method[] {
  return [
    defineMethod({
      name: "chain.status",
      description: "Tells the last sequence, the head, and whether the chain can be written",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => chain().status(),
    }),
    defineMethod({
      name: "chain.verify",
      description: "Verifies the whole chain, against a head or checkpoint kept elsewhere when given",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        head: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
        checkpoint: z.optional(z.string().check(z.maxLength(MAX_NOTE_CHARACTERS))),
      }),
      run: ({ head, checkpoint }, { signal }) => chain().verify({ head, checkpoint, signal }),
    }),
    defineMethod({
      name: "chain.tail",
      description: "Gives the last events, oldest first",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ count: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 20) }),
      run: async ({ count }) => ({ events: (await chain().tail(count)).map(eventJson) }),
    }),
    defineMethod({
      name: "chain.checkpoint",
      description: "Takes a signed checkpoint of everything recorded so far",
      role: "operator",
      mutates: true,
      input: z.strictObject({}),
      run: (_input, { subject, signal }) =>
        guard.perform(
          {
            action: "chain.checkpoint",
            subject,
            resource: "chain",
            attributes: {},
            signal,
            summary: ({ size, head }) => ({ size, head }),
          },
          () => chain().checkpoint(),
        ),
    }),
    defineMethod({
      name: "action.show",
      description: "Shows the record of one action: who, what, decision, rules, outcome, proof",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        id: z.union([z.int().check(z.minimum(0)), z.string().check(z.minLength(1), z.maxLength(128))]),
      }),
      run: ({ id }) => findAction(chain(), String(id)),
    }),
  ];
}

function eventJson(event: StoredEvent): { readonly [key: string]: JsonValue } {
  const { actor } = event;
  return {
    sequence: event.sequence,
    time: event.time,
    source: event.source,
    kind: event.kind,
    actor: { node: actor.node, principal: actor.principal ?? null, pid: actor.pid ?? null, agent: actor.agent ?? null },
    trace: event.trace ?? null,
    idempotencyKey: event.idempotencyKey ?? null,
    payload: event.payload ?? null,
    redacted: event.redacted,
    hash: event.hash,
    previous: event.previous,
  };
}
