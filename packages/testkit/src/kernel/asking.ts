/** A person who is asked: a gate that defers what a test says, and the approval that then waits. */
import { type ActionRequest, type Decision, type Feature, gates, isWeftError } from "@weftos/interface";

/** What a gate for tests asks about. */
export interface AskingInit {
  /** Tells whether a person is asked about an action. All others are permitted. */
  readonly about: (request: ActionRequest) => boolean;
  /** How long a person has, in milliseconds. @defaultValue 60 000 */
  readonly expiresMs?: number | undefined;
}

/**
 * Makes a feature whose gate wants one approver asked.
 *
 * @example
 * ```ts no-run
 * const { kernel } = await testKernel({ features: [asking({ about: ({ action }) => action === "process.spawn" })] });
 * const approval = await approvalOf(kernel.perform(refund, { cents: 500 }));
 * ```
 */
export function asking({ about, expiresMs = 60_000 }: AskingInit): Feature<"asking", object> {
  const base = { reason: "a person is asked about it", rules: [], policy: "" };
  const permit: Decision = { ...base, verdict: "permit", warnings: [], cacheable: false };
  const defer: Decision = { ...base, verdict: "defer", to: "approver", quorum: 1, expiresMs };
  return {
    name: "asking",
    package: "@weftos/testkit",
    provides: [gates],
    needs: [],
    uses: [],
    actions: [],
    events: [],
    create: (context) => {
      const gate = {
        name: "asking",
        version: 1,
        decide: (request: ActionRequest) => (about(request) ? defer : permit),
      };
      return { api: {}, provisions: [context.provide(gates, gate)], methods: [] };
    },
  };
}

/**
 * Gives the id of the approval that an action waits for.
 *
 * @throws what the action rejects with, when that is not `APPROVAL_PENDING`; an Error when it was done at once
 */
export async function approvalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error("expected that a person is asked, and it was done"),
    (reason: unknown) => reason,
  );
  if (!isWeftError(error, "APPROVAL_PENDING")) throw error;
  return String((error.details as { readonly approval: string }).approval);
}
