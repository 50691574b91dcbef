// Finds links of a Markdown page that lead nowhere: files that are not there, headings that no page has, and paths of this
// repository written as code. Addresses on the web are not asked.
import { posix } from "node:path";

/** Gives the text of a page, an empty text for another file or a folder, undefined for what is not there. */
export type Lookup = (path: string) => string | undefined;

const BLOCK = /^ {0,3}(`{3,})[^\n]*\n[\s\S]*?^ {0,3}\1`*\s*$/gm;
const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const CODE_PATH = /`((?:docs|packages|apps|examples|scripts|benchmarks|vectors)\/[\w./-]+)`/g;

/** Names the heading as its anchor is named on GitHub. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function headingsOf(text: string): string[] {
  return [...text.replace(BLOCK, "").matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

/** Lists what is wrong with the links of one page, a sentence each. */
export function deadLinks(page: string, text: string, lookup: Lookup): string[] {
  const prose = text.replace(BLOCK, "");
  const problems: string[] = [];
  for (const [, address = ""] of prose.matchAll(LINK)) {
    if (/^[a-z][a-z+.-]*:/i.test(address)) continue;
    const [path = "", anchor] = address.split("#");
    const target = path === "" ? page : posix.join(posix.dirname(page), decodeURIComponent(path));
    const found = lookup(target);
    if (found === undefined) problems.push(`${page} links to ${address}, and ${target} is not there`);
    else if (anchor && target.endsWith(".md") && !headingsOf(found).includes(anchor)) {
      problems.push(`${page} links to ${address}, and ${target} has no such heading`);
    }
  }
  for (const [, path = ""] of prose.matchAll(CODE_PATH)) {
    if (lookup(path) === undefined) problems.push(`${page} names ${path}, which is not there`);
  }
  return problems;
}
