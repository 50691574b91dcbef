/**
 * Subscriptions by pattern, one level a segment. Finding those of a topic looks at the branches of its segments alone, however many
 * others there are.
 */

/** All subscriptions of one pattern. */
export interface Branch<Sink> {
  readonly pattern: string;
  readonly sinks: Set<Sink>;
  readonly groups: Map<string, Group<Sink>>;
}

/** Subscribers of whom one gets each message, in turn. */
export interface Group<Sink> {
  readonly members: Sink[];
  next: number;
}

interface Node<Sink> {
  readonly children: Map<string, Node<Sink>>;
  branch: Branch<Sink> | undefined;
}

export class TopicTrie<Sink> {
  readonly #root: Node<Sink> = { children: new Map(), branch: undefined };
  readonly #branches = new Map<string, Branch<Sink>>();

  /** The patterns that somebody subscribes to. */
  get patterns(): Iterable<Branch<Sink>> {
    return this.#branches.values();
  }

  /** Gives what hangs at a pattern, made when there is nothing. */
  grow(pattern: string, segments: readonly string[]): Branch<Sink> {
    const known = this.#branches.get(pattern);
    if (known !== undefined) return known;
    let node = this.#root;
    for (const segment of segments) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = { children: new Map(), branch: undefined };
        node.children.set(segment, child);
      }
      node = child;
    }
    const branch: Branch<Sink> = { pattern, sinks: new Set(), groups: new Map() };
    node.branch = branch;
    this.#branches.set(pattern, branch);
    return branch;
  }

  find(pattern: string): Branch<Sink> | undefined {
    return this.#branches.get(pattern);
  }

  /** Cuts a pattern off once nobody subscribes to it. */
  prune(branch: Branch<Sink>): void {
    if (branch.sinks.size > 0 || branch.groups.size > 0 || !this.#branches.delete(branch.pattern)) return;
    const path: { readonly node: Node<Sink>; readonly segment: string }[] = [];
    let node = this.#root;
    for (const segment of branch.pattern.split(".")) {
      path.push({ node, segment });
      node = node.children.get(segment) as Node<Sink>;
    }
    node.branch = undefined;
    for (const { node: parent, segment } of path.reverse()) {
      const child = parent.children.get(segment) as Node<Sink>;
      if (child.branch !== undefined || child.children.size > 0) return;
      parent.children.delete(segment);
    }
  }

  /** Finds every pattern that fits a topic. */
  match(topic: string): readonly Branch<Sink>[] {
    const found: Branch<Sink>[] = [];
    this.#collect(this.#root, topic.split("."), 0, found);
    return found;
  }

  #collect(node: Node<Sink>, segments: readonly string[], depth: number, found: Branch<Sink>[]): void {
    if (depth === segments.length) {
      if (node.branch !== undefined) found.push(node.branch);
      return;
    }
    const tail = node.children.get(">")?.branch;
    if (tail !== undefined) found.push(tail);
    const one = node.children.get("*");
    if (one !== undefined) this.#collect(one, segments, depth + 1, found);
    const named = node.children.get(segments[depth] as string);
    if (named !== undefined) this.#collect(named, segments, depth + 1, found);
  }
}
