// The chain's part of the method table.
import type { Guard, Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { parseKeys } from "../format/key-set.ts";
import type { ReadableChain } from "../reader/closed-chain.ts";
import { readResumePoint } from "../verify/resume-point.ts";
import type { Chain } from "../writer/chain.ts";
import { findAction } from "./action-record.ts";

const MAX_NOTE_CHARACTERS = 16_384;
const KEYS_EXPECTED =
  "expected an Ed25519 and an ML-DSA-65 key with algorithm, id and public, as chain.keys gives them";

const RESUME_EXPECTED = "expected a place to resume from, as chain.verify gives it";

function isResumePoint(point: unknown): boolean {
  try {
    readResumePoint(point);
    return true;
  } catch {
    return false;
  }
}

/** Makes the methods `chain.*` but those that read events, and `action.show`. */
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
        keys: z.optional(
          z
            .array(z.strictObject({ algorithm: z.string(), id: z.string(), public: z.string() }))
            .check(z.refine((keys) => parseKeys(keys) !== undefined, KEYS_EXPECTED)),
        ),
        /** `resume` of an earlier answer. */
        resume: z.optional(
          z.looseObject({ checkpoint: z.string() }).check(z.refine((point) => isResumePoint(point), RESUME_EXPECTED)),
        ),
      }),
      run: ({ head, checkpoint, keys, resume }, { signal }) =>
        chain().verify({
          head,
          checkpoint,
          keys: keys && parseKeys(keys),
          resume: resume === undefined ? undefined : readResumePoint(resume),
          signal,
        }),
    }),
    defineMethod({
      name: "chain.checkpoint",
      description: "Takes a signed checkpoint of everything recorded so far",
      role: "operator",
      mutates: true,
      input: z.strictObject({}),
      run: (_input, { subject, signal, onWarnings }) =>
        guard.perform(
          {
            action: "chain.checkpoint",
            subject,
            resource: "chain",
            attributes: {},
            signal,
            onWarnings,
            summary: ({ size, head }) => ({ size, head }),
          },
          () => chain().checkpoint(),
        ),
    }),
    showMethod(chain),
  ];
}

/** Makes `action.show`. */
export function showMethod(chain: () => ReadableChain): Method {
  return defineMethod({
    name: "action.show",
    description: "Shows the record of one action: who, what, decision, rules, outcome, proof",
    role: "viewer",
    mutates: false,
    input: z.strictObject({
      id: z.union([z.int().check(z.minimum(0)), z.string().check(z.minLength(1), z.maxLength(128))]),
    }),
    run: ({ id }) => findAction(chain(), String(id)),
  });
}
