// What an administrator does to a chain: redact content, rotate keys. Both destroy something, so both pass the guard, and
// their intent is on disk before.
import type { Guard, Method, MethodCaller } from "@weftos/interface";
import { compileGlob, defineMethod, z } from "@weftos/schema";
import { ChainRedactionError } from "../error/chain-errors.ts";
import type { Chain } from "../writer/chain.ts";

const reason = z.string().check(z.minLength(1), z.maxLength(512));
const approval = z.optional(z.string().check(z.minLength(1), z.maxLength(128)));

/**
 * Makes the methods `chain.redact`, `chain.keys` and `chain.rotate-keys`.
 *
 * @param redacted - is told of an event whose payload is gone
 * @param kept - patterns of the kinds of events that features need at every boot, and that are refused
 */
export function keeperMethods(
  chain: () => Chain,
  guard: Pick<Guard, "perform">,
  redacted: (sequence: number) => Promise<void>,
  kept: () => readonly string[],
): Method[] {
  return [
    defineMethod({
      name: "chain.redact",
      description: "Destroys the payload of one event; the event, its hash and all proofs stay",
      role: "admin",
      mutates: true,
      input: z.strictObject({ sequence: z.int().check(z.minimum(0)), reason, approval }),
      run: ({ sequence, reason, approval }, { subject, signal, onWarnings }) =>
        guard.perform(
          {
            action: "chain.redact",
            subject,
            resource: `event:${sequence}`,
            attributes: { sequence, reason },
            approval,
            signal,
            onWarnings,
            summary: ({ by }) => ({ sequence, by }),
          },
          async () => {
            await chain().flush();
            const { kind } = await chain().get(sequence);
            if (kept().some((pattern) => compileGlob(pattern).matches(kind))) {
              const why = `the kernel reads events of the kind ${kind} at every boot`;
              throw new ChainRedactionError(`event ${sequence} was not redacted: ${why}`, {
                details: { sequence, reason: why },
              });
            }
            const done = await chain().redact(sequence, reason, { principal: principalOf(subject) });
            await redacted(sequence);
            return done;
          },
        ),
    }),
    defineMethod({
      name: "chain.keys",
      description: "Lists the public keys of the chain: those in force, and all since genesis",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: async () => {
        const history = await chain().keyHistory();
        return { keys: history.at(-1)?.keys ?? [], history };
      },
    }),
    defineMethod({
      name: "chain.rotate-keys",
      description: "Puts new keys in force, named by an event that the old ones sign; the old seeds are destroyed",
      role: "admin",
      mutates: true,
      input: z.strictObject({ reason, approval }),
      run: ({ reason, approval }, { subject, signal, onWarnings }) =>
        guard.perform(
          {
            action: "chain.rotate-keys",
            subject,
            resource: "chain",
            attributes: { reason },
            approval,
            signal,
            onWarnings,
            summary: ({ sequence, keys }) => ({ sequence, ids: keys.map(({ id }) => id) }),
          },
          () => chain().rotateKeys(reason, { principal: principalOf(subject) }),
        ),
    }),
  ];
}

function principalOf(subject: MethodCaller["subject"]): string | undefined {
  return subject.kind === "principal" ? subject.id : undefined;
}
