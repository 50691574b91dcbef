// Makes a package of the shape that all others have: `pnpm new:package <name> <tier>`. The tier goes into tiers.json,
// which the layer check and the manifest check read; everything else finds packages by their folders.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runNode, toolPath } from "./run-command.ts";
import { ROOT, readManifest, readTiers, SOURCE_CONDITION, type Tier } from "./workspace.ts";

const USAGE = "usage: pnpm new:package <name in kebab-case> <tier 1 or 2> [description]";

function parseTier(text: string | undefined): Tier | undefined {
  return text === "1" ? 1 : text === "2" ? 2 : undefined;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`  ${path.slice(ROOT.length + 1)}`);
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function manifest(name: string, description: string): unknown {
  return {
    name: `@weftos/${name}`,
    version: readManifest(join(ROOT, "packages/interface")).version,
    description,
    license: "Apache-2.0",
    repository: {
      type: "git",
      url: "git+https://github.com/weave-logic-ai/weftos.git",
      directory: `packages/${name}`,
    },
    type: "module",
    sideEffects: false,
    files: ["dist"],
    engines: { node: ">=22.18" },
    exports: {
      ".": { [SOURCE_CONDITION]: "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
    dependencies: { "@weftos/interface": "workspace:*" },
    devDependencies: { "@weftos/testkit": "workspace:*" },
  };
}

function typescript(tier: Tier): unknown {
  return {
    extends: "../../tsconfig.base.json",
    ...(tier === 1 ? { compilerOptions: { isolatedDeclarations: true, declaration: true } } : {}),
    include: ["src", "test"],
  };
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const pascal = (name: string) => camel(name).replace(/^./, (letter) => letter.toUpperCase());

/** A tier-2 package starts as a feature that boots: its API says its name. A tier-1 package starts as one function. */
function sources(name: string, tier: Tier, description: string): Record<string, string> {
  const [fn, type] = [camel(name), pascal(name)];
  const example =
    tier === 1
      ? `import { ${fn} } from "@weftos/${name}";\n\nconsole.log(${fn}());`
      : `import { ${fn} } from "@weftos/${name}";\n\nconsole.log(${fn}().name);`;
  const comment = example
    .split("\n")
    .map((line) => ` * ${line}`.trimEnd())
    .join("\n");
  const index = `/**\n * ${description}.\n *\n * \`\`\`ts\n${comment}\n * \`\`\`\n *\n * @packageDocumentation\n */\n`;
  const readme = `# @weftos/${name}\n\n${description}.\n\n\`\`\`ts\n${example}\n\`\`\`\n`;
  if (tier === 1) {
    return {
      "README.md": readme,
      "src/index.ts": `${index}\nexport { ${fn} } from "./${name}.ts";\n`,
      [`src/${name}.ts`]: `/** Gives the name of this package. */\nexport function ${fn}(): string {\n  return "${name}";\n}\n`,
      [`test/unit/${name}.test.ts`]: test(`expect(${fn}()).toBe("${name}");`, fn, name),
    };
  }
  const feature = [
    `import type { Feature } from "@weftos/interface";`,
    "",
    `/** What \`kernel.${fn}\` offers. */`,
    `export interface ${type} {`,
    "  /** The npm package that provides this. */",
    "  readonly packageName: string;",
    "}",
    "",
    "/** Makes the feature. */",
    `export function ${fn}(): Feature<"${fn}", ${type}> {`,
    "  return {",
    `    name: "${fn}",`,
    `    package: "@weftos/${name}",`,
    "    provides: [],",
    "    needs: [],",
    "    uses: [],",
    "    actions: [],",
    "    events: [],",
    "    create() {",
    `      return { api: { packageName: "@weftos/${name}" }, provisions: [], methods: [] };`,
    "    },",
    "  };",
    "}",
    "",
  ].join("\n");
  return {
    "README.md": readme,
    "src/index.ts": `${index}\nexport { ${fn}, type ${type} } from "./${name}-feature.ts";\n`,
    [`src/${name}-feature.ts`]: feature,
    [`test/unit/${name}-feature.test.ts`]: test(
      `expect(${fn}()).toMatchObject({ name: "${fn}", package: "@weftos/${name}" });`,
      fn,
      `${name}-feature`,
    ),
  };
}

function test(expectation: string, fn: string, file: string): string {
  return `import { expect, test } from "vitest";
import { ${fn} } from "../../src/${file}.ts";

test("the package names itself", () => {
  ${expectation}
});
`;
}

async function main([name, tierText, ...words]: string[]): Promise<void> {
  const tier = parseTier(tierText);
  if (name === undefined || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || tier === undefined) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const folder = join(ROOT, "packages", name);
  if (existsSync(folder)) {
    console.error(`packages/${name} exists already`);
    process.exitCode = 1;
    return;
  }
  const description = words.join(" ") || `The ${name} ${tier === 2 ? "feature" : "package"} of WeftOS`;
  console.log(`new package @weftos/${name}, tier ${tier}:`);
  write(join(folder, "package.json"), json(manifest(name, description)));
  write(join(folder, "tsconfig.json"), json(typescript(tier)));
  for (const [file, text] of Object.entries(sources(name, tier, description))) write(join(folder, file), text);
  write(join(ROOT, "tiers.json"), json({ ...readTiers(), [name]: tier }));
  const changeset = `---\n"@weftos/${name}": minor\n---\n\n${description}.\n`;
  write(join(ROOT, ".changeset", `new-${name}.md`), changeset);
  const formatted = await runNode([toolPath("@biomejs/biome", "biome"), "check", "--write", folder, "tiers.json"]);
  if (formatted.code !== 0) console.error(formatted.stderr);
  console.log(`\nNext: pnpm test --project ${name} (installs first), then pnpm verify.`);
}

await main(process.argv.slice(2));
