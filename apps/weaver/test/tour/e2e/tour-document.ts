/** What `tour --json` prints, as others rely on it. */
import { z } from "@weftos/schema";

export const tourDocumentSchema = z.strictObject({
  files: z.int(),
  bytes: z.int(),
  words: z.int(),
  topTerms: z.array(z.strictObject({ term: z.string(), count: z.int() })),
  search: z.nullable(
    z.strictObject({
      term: z.string(),
      count: z.int(),
      files: z.int(),
      hits: z.array(z.strictObject({ path: z.string(), count: z.int() })),
    }),
  ),
  agents: z.array(
    z.strictObject({ pid: z.int(), name: z.string(), backend: z.enum(["inline", "worker"]), restarts: z.int() }),
  ),
  decisions: z.strictObject({ permit: z.int(), defer: z.int(), deny: z.int() }),
  refused: z.array(z.strictObject({ action: z.string(), by: z.string(), rule: z.nullable(z.string()) })),
  approvals: z.array(
    z.strictObject({ id: z.string(), action: z.string(), rule: z.nullable(z.string()), state: z.string() }),
  ),
  tamper: z.strictObject({
    flip: z.strictObject({ found: z.boolean(), sequence: z.nullable(z.int()) }),
    cut: z.strictObject({ found: z.boolean() }),
  }),
  chain: z.strictObject({ valid: z.boolean(), events: z.int(), head: z.string().check(z.regex(/^[0-9a-f]{64}$/)) }),
  environment: z.string(),
  unreadable: z.array(z.strictObject({ path: z.string(), code: z.string() })),
});
export type TourDocument = z.infer<typeof tourDocumentSchema>;
