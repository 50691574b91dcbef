// What the method table offers to those who must convince somebody else: proofs and exports.
import type { Guard, Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { Chain } from "../writer/chain.ts";

const MAX_PATH_CHARACTERS = 4096;

/** Makes the methods `chain.proof`, `chain.consistency` and `chain.export`. */
export function proofMethods(chain: () => Chain, guard: Pick<Guard, "perform">): Method[] {
  const count = z.int().check(z.minimum(1));
  return [
    defineMethod({
      name: "chain.proof",
      description: "Proves one event by a document that verifies offline",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ sequence: z.int().check(z.minimum(0)), from: z.optional(count) }),
      run: async ({ sequence, from }) => {
        await chain().flush();
        return await chain().proof(sequence, { from });
      },
    }),
    defineMethod({
      name: "chain.consistency",
      description: "Proves that the chain of one size begins with the chain of another",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ from: count, to: z.optional(count) }),
      run: ({ from, to }) => chain().consistency(from, to),
    }),
    defineMethod({
      name: "chain.export",
      description:
        "Writes a copy of the chain to a place outside the state directory; with all payloads, unless as tlog",
      role: "operator",
      mutates: true,
      input: z.strictObject({
        format: z.enum(["tlog", "json", "rvf"]),
        output: z.string().check(z.minLength(1), z.maxLength(MAX_PATH_CHARACTERS)),
      }),
      run: ({ format, output }, { subject, signal, onWarnings }) =>
        guard.perform(
          {
            action: "chain.export",
            subject,
            resource: output,
            attributes: { format },
            signal,
            onWarnings,
            summary: ({ events, files, bytes }) => ({ events, files, bytes }),
          },
          () => chain().export({ format, output, signal }),
        ),
    }),
  ];
}
