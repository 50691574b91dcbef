/** The method that explains a recorded decision. */
import type { Method } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { ExplainDeps } from "../replay/explain-event.ts";

/** Makes the method. */
export function explainMethod(deps: ExplainDeps): Method {
  return defineMethod({
    name: "governance.explain",
    description: "Explains a recorded decision: rules, the values that matched, what would have changed the outcome",
    role: "viewer",
    mutates: false,
    input: z.strictObject({ sequence: z.int().check(z.minimum(0)) }),
    async run({ sequence }, { signal }) {
      const { explainEvent } = await import("../replay/look-back.ts");
      return await explainEvent(deps, sequence, signal);
    },
  });
}
