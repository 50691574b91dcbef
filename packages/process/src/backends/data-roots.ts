/**
 * The file roots of an agent's rights, in the form of Node's permission flags. Node's model follows links out of a granted
 * folder and knows no exceptions, so a root that a link leaves, or with a denied path below it, cannot be bound and is refused.
 * Looked at as the agent starts: a link that somebody else makes later, and a hard link, are not seen. The agent itself can
 * make neither.
 */
import type { Capabilities, Files } from "@weftos/interface";
import { isWithin, isWithinAny, pathSegments } from "../capability/file-root.ts";
import { RootLeadsOutError } from "../process-errors.ts";

/** Names below all roots of an agent together that are looked at. */
const MAX_NAMES = 20_000;

/** Where code may read and write by itself. */
export interface DataRoots {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

type LookFiles = Pick<Files, "list" | "realPath" | "stat">;

/** Gives the roots of an agent. @throws CAPABILITY_ROOT_LEADS_OUT when one cannot be bound */
export async function dataRoots({ files }: Capabilities, disk: LookFiles): Promise<DataRoots> {
  const read = [...new Set([...files.read, ...files.own])];
  const write = [...new Set([...files.write, ...files.own])];
  const look = new RootLook(disk);
  for (const [roots, what] of [
    [read, "files.read"],
    [write, "files.write"],
  ] as const) {
    for (const root of roots) {
      refuseUnbindable(root, what, files.deny);
      await look.below(root, what, roots);
    }
  }
  return { read, write };
}

/** Tells whether all that was bound is still granted. */
export function stillGranted(bound: DataRoots, { files }: Capabilities): boolean {
  const covers = (roots: readonly string[], path: string): boolean =>
    isWithinAny(
      segments(path),
      roots.map((root) => segments(root)),
    );
  const denied = (path: string): boolean => {
    const own = segments(path);
    return files.deny.some((deny) => isWithin(own, segments(deny)) || isWithin(segments(deny), own));
  };
  return (
    bound.read.every((path) => covers([...files.read, ...files.own], path) && !denied(path)) &&
    bound.write.every((path) => covers([...files.write, ...files.own], path) && !denied(path))
  );
}

function refuseUnbindable(root: string, what: string, deny: readonly string[]): void {
  if (root.includes("*")) throw leadsOut(root, root, what, "holds a `*`, which the runtime would read as a pattern");
  const own = segments(root);
  for (const path of deny) {
    if (isWithin(segments(path), own)) throw leadsOut(root, path, what, "has a denied path in it");
    if (isWithin(own, segments(path))) throw leadsOut(root, path, what, "lies in a denied path");
  }
}

class RootLook {
  readonly #disk: LookFiles;
  #names = 0;

  constructor(disk: LookFiles) {
    this.#disk = disk;
  }

  /** Looks at all below a root. */
  async below(root: string, what: string, roots: readonly string[]): Promise<void> {
    const stat = await this.#disk.stat(root);
    if (stat === undefined) return;
    const allowed = roots.map((each) => segments(each));
    if ((await this.#disk.realPath(root)) !== root) throw leadsOut(root, root, what, "has become a link");
    if (stat.kind !== "folder") return;
    const folders = [root];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of await this.#disk.list(folder)) {
        this.#names += 1;
        if (this.#names > MAX_NAMES) {
          throw leadsOut(root, folder, what, `has more than ${MAX_NAMES} names in it, too many to look for links`);
        }
        const path = join(folder, entry.name);
        if (entry.kind === "folder") folders.push(path);
        else if (entry.kind === "link") await this.#refuseLink(path, { root, what, allowed });
      }
    }
  }

  /**
   * Behind a link to a folder, the runtime takes `..` from where the link lies, and the system from where it leads: a folder less
   * deep than the link would let a path leave the root that the runtime believes to be within.
   */
  async #refuseLink(link: string, { root, what, allowed }: Bound): Promise<void> {
    const real = await this.#disk.realPath(link).catch(() => undefined);
    const target = real === undefined ? undefined : segments(real);
    const holding = target === undefined ? [] : allowed.filter((each) => isWithin(target, each));
    if (real === undefined || target === undefined || holding.length === 0) {
      throw leadsOut(root, link, what, "has a link in it that leaves it, or leads nowhere");
    }
    const depth = target.length - Math.min(...holding.map(({ length }) => length));
    if (depth >= segments(link).length - segments(root).length) return;
    if ((await this.#disk.stat(real))?.kind !== "folder") return;
    throw leadsOut(
      root,
      link,
      what,
      "has a link in it to a folder less deep than the link, past which `..` would leave it",
    );
  }
}

/** Where a link must stay. */
interface Bound {
  readonly root: string;
  readonly what: string;
  readonly allowed: readonly (readonly string[])[];
}

function leadsOut(root: string, path: string, field: string, why: string): RootLeadsOutError {
  return new RootLeadsOutError(`the granted root ${root} cannot bind a process: it ${why} (${path})`, {
    details: { field, root, path },
  });
}

function join(folder: string, name: string): string {
  const separator = folder.includes("\\") ? "\\" : "/";
  return folder.endsWith(separator) ? `${folder}${name}` : `${folder}${separator}${name}`;
}

/** The checker resolved all roots when the rights were given: each is absolute. */
function segments(path: string): readonly string[] {
  return pathSegments(path) ?? [];
}
