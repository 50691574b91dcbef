/** What the fleet counted, in a few lines. */
import { printable } from "../../view/printable.ts";
import type { Style } from "../../view/style.ts";
import { renderFields } from "../../view/table.ts";
import type { FleetResult } from "../fleet/fleet-result.ts";

const SHOWN = 3;

/** Renders the sums, the terms and where the first of them occurs. */
export function renderCounts(style: Style, result: FleetResult, folder: string): string {
  const { files, bytes, words, topTerms, search, unreadable } = result;
  const fields: [string, string][] = [
    [
      "counted",
      `${style.strong(count(files, "file"))}, ${count(words, "word")}, ${count(bytes, "byte")}; none lost, none twice`,
    ],
  ];
  if (unreadable.length > 0)
    fields.push(["unreadable", listed(unreadable.map(({ path, code }) => `${path} (${code})`))]);
  if (topTerms.length > 0) {
    fields.push(["terms", topTerms.map(({ term, count: times }) => `${printable(term)} ${times}`).join(", ")]);
  }
  if (search !== null) {
    const best = listed(search.hits.map(({ path, count: times }) => `${path} (${times})`));
    fields.push([
      "search",
      `${style.strong(`"${printable(search.term)}"`)} is in ${count(search.files, "file")}, most often in\n${best}`,
    ]);
  }
  if (files === 0) fields.push(["folder", `${printable(folder)} holds no Markdown file that can be read`]);
  return renderFields(fields, style.faint);
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en").replaceAll(",", "\u202f")} ${noun}${number === 1 ? "" : "s"}`;
}

function listed(texts: readonly string[]): string {
  const more = texts.length - SHOWN;
  const first = texts.slice(0, SHOWN).map((text) => printable(text));
  return (more > 0 ? [...first, `and ${more} more`] : first).join("\n");
}
