// Writes docs/errors.md from the error classes in the sources, and docs/events.md, docs/weave.schema.json and
// docs/policy.schema.json from what the features declare, so that none can lag behind the code.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import type { ActionDeclaration, Feature } from "../packages/interface/src/index.ts";
import { filesBelow, publishedPackages, ROOT, relativeToRoot } from "./workspace.ts";

const AREAS =
  "KERNEL|CONFIG|PORT|PROCESS|AGENT|BACKEND|CAPABILITY|GOVERNANCE|APPROVAL|IPC|CHAIN|TREE|RESOURCE|TOOL|WASM|CONTAINER|APP|API|MESH|ECC";
const CODE = new RegExp(`^(?:${AREAS})_[A-Z][A-Z_]*$`);

interface ErrorCode {
  code: string;
  packageName: string;
  file: string;
  text: string;
}

/** Finds classes with `code = "AREA_WHAT"` and what their documentation says. */
function errorCodes(): ErrorCode[] {
  const found: ErrorCode[] = [];
  // The errors of the testkit are those of a failing test, not of WeftOS.
  for (const { path, manifest } of publishedPackages().filter((entry) => entry.manifest.name !== "@weftos/testkit")) {
    for (const file of filesBelow(join(path, "src"), ".ts")) {
      const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
      const visit = (node: ts.Node): void => {
        if (ts.isClassLike(node)) {
          for (const member of node.members) {
            const isCode = ts.isPropertyDeclaration(member) && member.name.getText() === "code";
            if (!isCode || member.initializer === undefined || !ts.isStringLiteral(member.initializer)) continue;
            const text = ts.getJSDocCommentsAndTags(node).map(commentText).join(" ");
            found.push({ code: member.initializer.text, packageName: manifest.name, file: relativeToRoot(file), text });
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
  }
  return found.sort((a, b) => (a.code < b.code ? -1 : 1));
}

function commentText(node: ts.JSDoc | ts.JSDocTag): string {
  if (!ts.isJSDoc(node)) return "";
  const text = typeof node.comment === "string" ? node.comment : (ts.getTextOfJSDocComment(node.comment) ?? "");
  return text.replace(/\s+/g, " ").trim();
}

function errorsPage(): string {
  const codes = errorCodes();
  const undocumented = codes.filter(({ text }) => text === "").map(({ code, file }) => `${code} (${file})`);
  if (undocumented.length > 0) throw new Error(`expected documentation on the class of ${undocumented.join(", ")}`);
  const strange = codes.filter(({ code }) => !CODE.test(code)).map(({ code, file }) => `${code} (${file})`);
  if (strange.length > 0) throw new Error(`expected AREA_WHAT with an area of the list, got ${strange.join(", ")}`);
  const rows = new Map<string, ErrorCode[]>();
  for (const entry of codes) rows.set(entry.code, [...(rows.get(entry.code) ?? []), entry]);
  const lines = [...rows].map(([code, entries]) => {
    const packages = [...new Set(entries.map(({ packageName }) => `\`${packageName}\``))].join(", ");
    const text = [...new Set(entries.map((entry) => entry.text))].join(" ").replaceAll("|", "\\|");
    return `| \`${code}\` | ${packages} | ${text} |`;
  });
  return [
    "# Errors",
    "",
    "Every error that WeftOS raises on purpose is a `WeftError`: match it by `code` with `isWeftError(error, code)`, never by class or",
    "message. `details` holds facts for a program, `retryable` says whether the same call may succeed later. This page is generated.",
    "",
    "| Code | Package | When, and what to do |",
    "|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

/** Loads the features that a user can install. */
async function features(): Promise<Feature[]> {
  const factories = ["process", "ipc", "exochain", "governance", "tools", "api"];
  return await Promise.all(
    factories.map(async (name) => {
      const url = pathToFileURL(join(ROOT, "packages", name, "src/index.ts")).href;
      const module = (await import(url)) as Record<string, () => Feature>;
      const factory = module[name];
      if (factory === undefined) throw new Error(`expected packages/${name} to export ${name}()`);
      return factory();
    }),
  );
}

function actionRow(action: ActionDeclaration, packageName: string): string {
  const effect = Object.entries(action.effect)
    .filter(([, value]) => value > 0)
    .map(([dimension, value]) => `${dimension} ${value}`)
    .join(", ");
  const rights = action.rights.map((right) => `\`${right}\``).join(", ");
  return `| \`${action.name}\` | ${action.description} | ${effect === "" ? "none" : effect} | ${action.audit} | ${rights} | ${action.role} | \`${packageName}\` |`;
}

async function eventsPage(): Promise<string> {
  const all = await features();
  const events = all
    .flatMap((feature) => feature.events.map((event) => ({ event, feature })))
    .sort((a, b) => (a.event.kind < b.event.kind ? -1 : 1));
  const actions = all
    .flatMap((feature) => feature.actions.map((action) => ({ action, feature })))
    .sort((a, b) => (a.action.name < b.action.name ? -1 : 1));
  const sections = events.flatMap(({ event, feature }) => [
    `### \`${event.kind}\``,
    "",
    `${event.description.replace(/\.?$/, ".")} From \`${feature.package}\`.`,
    "",
    ...Object.entries(event.payload).map(([field, meaning]) => `- \`${field}\`: ${meaning}`),
    "",
  ]);
  return [
    "# Actions and events",
    "",
    "What can be asked of the guard, and what is found on the chain afterwards. This page is generated from what the features declare.",
    "",
    "## Actions",
    "",
    "| Action | What it does | Effect | Audit | Rights of a process | Least role of a principal | From |",
    "|---|---|---|---|---|---|---|",
    ...actions.map(({ action, feature }) => actionRow(action, feature.package)),
    "",
    "## Events on the chain",
    "",
    "An action leaves an event of its own name, or of the kind its declaration names, with the record of its decision.",
    "",
    ...sections,
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

/** The JSON Schema of `weave.toml`, from the schemas that check it. */
async function configSchema(): Promise<string> {
  const { kernelConfigSchema } = await import("../packages/kernel-boot/src/index.ts");
  return `${JSON.stringify(await kernelConfigSchema(await features()), null, 2)}\n`;
}

/** The JSON Schema of policy files, from the schema that checks them. */
async function policySchema(): Promise<string> {
  const { policyJsonSchema } = await import("../packages/governance/src/index.ts");
  return `${JSON.stringify(await policyJsonSchema(), null, 2)}\n`;
}

/** Gives the text of a generated page. */
export async function generate(file: string): Promise<string> {
  if (file === "docs/errors.md") return errorsPage();
  if (file === "docs/events.md") return await eventsPage();
  if (file === "docs/weave.schema.json") return await configSchema();
  if (file === "docs/policy.schema.json") return await policySchema();
  throw new Error(`expected docs/errors.md, docs/events.md or a schema in docs, got ${file}`);
}
