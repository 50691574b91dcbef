// The pages that a program writes. `pnpm generate` writes them, `pnpm verify` fails when one differs from what its
// generator gives. A generator is a module that exports `generate(file): Promise<string>`, the page's whole text.

export interface GeneratedPage {
  /** The page below the root. */
  file: string;
  /** The module below the root that gives its text. */
  generator: string;
}

export const GENERATED: readonly GeneratedPage[] = [
  { file: "docs/errors.md", generator: "scripts/generate-docs.ts" },
  { file: "docs/events.md", generator: "scripts/generate-docs.ts" },
  { file: "docs/weave.schema.json", generator: "scripts/generate-docs.ts" },
  { file: "docs/policy.schema.json", generator: "scripts/generate-docs.ts" },
];
