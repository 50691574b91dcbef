// The tree in memory: nodes by path, changes that can be taken back, and the root. The same code folds stored events and
// makes new ones, so that both come to the same root.
import type { JsonObject } from "@weftos/interface";
import { changedEntries } from "./access-entry.ts";
import {
  ResourceChangeError,
  ResourceExistsError,
  ResourceNotEmptyError,
  ResourceNotFoundError,
  ResourceParentError,
  ResourceProtectedError,
} from "./resource-errors.ts";
import { checkPath, parentOf, ROOT } from "./resource-path.ts";
import { NEUTRAL } from "./scoring.ts";
import { isStanding } from "./standard-nodes.ts";
import { checkMetadata, type TreeChange } from "./tree-change.ts";
import { TreeNode } from "./tree-node.ts";

/** Takes a change back. */
type Undo = () => void;

export class ResourceNodes {
  readonly #root: TreeNode;
  /** Nodes with children by path, the root left out: the others are found below them, and a place here for each would cost much. */
  readonly #inner = new Map<string, TreeNode>();
  #size = 1;
  /** What was looked for last: whoever changes a node looks for it several times, and each way down the trie is long. */
  #looked: { path: string; node: TreeNode | undefined } = { path: "", node: undefined };
  /** The last node with children that was looked below. */
  #above: { readonly path: string; readonly node: TreeNode | undefined } = { path: "", node: undefined };

  constructor() {
    this.#root = new TreeNode({ path: ROOT, kind: "namespace", metadata: {}, scoring: NEUTRAL }, undefined);
  }

  get size(): number {
    return this.#size;
  }

  /** Hash of the root node: it commits to the whole tree. */
  get root(): Uint8Array {
    return this.#root.hash;
  }

  find(path: string): TreeNode | undefined {
    if (path === ROOT) return this.#root;
    const looked = this.#looked;
    if (path !== looked.path) {
      const cut = path.lastIndexOf("/");
      looked.node = this.#inner.get(path) ?? this.#nodeAbove(path, cut)?.child(path.slice(cut + 1));
      looked.path = path;
    }
    return looked.node;
  }

  /** Gives the node above a path, if it has children. @param cut - of the path's last slash */
  #nodeAbove(path: string, cut: number): TreeNode | undefined {
    if (cut === 0) return this.#root;
    const above = this.#above;
    if (above.node !== undefined && above.path.length === cut && path.startsWith(above.path)) return above.node;
    const found = path.slice(0, cut);
    const node = this.#inner.get(found);
    this.#above = { path: found, node };
    return node;
  }

  /** @throws `TREE_PATH_INVALID`, `TREE_NOT_FOUND` */
  require(path: string): TreeNode {
    const node = this.find(checkPath(path));
    if (node !== undefined) return node;
    throw new ResourceNotFoundError(`there is no resource ${path}`, { details: { path } });
  }

  /** All nodes, parents before children. */
  *nodes(): Generator<TreeNode> {
    const stack = [this.#root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      yield node;
      stack.push(...node.children.values());
    }
  }

  /** Nodes at and below a path, a node before its children, siblings by name. */
  *below(path: string): Generator<TreeNode> {
    const stack = [this.require(path)];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      yield node;
      const children = [...node.children.values()].sort((a, b) => (a.name < b.name ? 1 : -1));
      for (const child of children) stack.push(child);
    }
  }

  /**
   * Makes all of the changes, or none.
   *
   * @returns takes them back; only valid while nothing that came after still stands
   * @throws `TREE_*`
   */
  apply(changes: readonly TreeChange[]): Undo {
    const [only] = changes;
    if (only !== undefined && changes.length === 1) return this.#applyOne(only);
    const undos: Undo[] = [];
    const undo = (): void => {
      for (let last = undos.pop(); last !== undefined; last = undos.pop()) last();
    };
    try {
      for (const change of changes) undos.push(this.#applyOne(change));
    } catch (error) {
      undo();
      throw error;
    }
    return undo;
  }

  /** Notes which event made changes that stand. */
  stamp(changes: readonly TreeChange[], sequence: number): void {
    for (const { op, path } of changes) {
      const node = this.find(path);
      if (node === undefined) continue;
      if (op === "create") node.created = sequence;
      node.changed = sequence;
    }
  }

  #applyOne(change: TreeChange): Undo {
    switch (change.op) {
      case "create":
        return this.#create(change);
      case "remove":
        return this.#remove(change.path);
      case "update":
        return this.#update(change.path, change.metadata);
      case "score": {
        const node = this.require(change.path);
        const { scoring, changed } = node;
        node.scoring = change.scoring;
        return () => {
          node.scoring = scoring;
          node.changed = changed;
        };
      }
      case "acl": {
        const node = this.require(change.path);
        const { access, changed } = node;
        node.access = changedEntries(change.path, access, change);
        return () => {
          node.access = access;
          node.changed = changed;
        };
      }
    }
  }

  #create({ path, kind, metadata, scoring }: Extract<TreeChange, { op: "create" }>): Undo {
    if (this.find(path) !== undefined) throw new ResourceExistsError(`${path} is there already`, { details: { path } });
    const parent = this.#nodeAbove(checkPath(path), path.lastIndexOf("/")) ?? this.find(parentOf(path));
    if (parent === undefined) {
      const details = { path, parent: parentOf(path) };
      throw new ResourceParentError(`${path} cannot be made: there is no ${details.parent}`, { details });
    }
    if (parent.kind === "agent") {
      throw new ResourceChangeError(`${path} cannot be made: an agent holds no other nodes`, {
        details: { path, field: "path" },
      });
    }
    const node = new TreeNode({ path, kind, metadata, scoring: scoring ?? NEUTRAL }, parent);
    this.#attach(node, parent);
    return () => this.#drop(node);
  }

  #remove(path: string): Undo {
    const node = this.require(path);
    const { parent } = node;
    if (parent === undefined || isStanding(path)) {
      throw new ResourceProtectedError(`${path} belongs to every tree and cannot be removed`, { details: { path } });
    }
    if (node.children.size > 0) {
      const details = { path, children: node.children.size };
      throw new ResourceNotEmptyError(`${path} has ${details.children} children; remove them first`, { details });
    }
    this.#drop(node);
    return () => this.#attach(node, parent);
  }

  #update(path: string, patch: JsonObject): Undo {
    const node = this.require(path);
    const { metadata, changed } = node;
    const merged = Object.entries({ ...metadata, ...patch }).filter(([, value]) => value !== null);
    node.metadata = checkMetadata(path, Object.fromEntries(merged));
    return () => {
      node.metadata = metadata;
      node.changed = changed;
    };
  }

  #attach(node: TreeNode, parent: TreeNode): void {
    if (parent.children.size === 0 && parent !== this.#root) this.#inner.set(parent.path, parent);
    parent.attach(node);
    this.#size += 1;
    this.#looked = { path: node.path, node };
  }

  #drop(node: TreeNode): void {
    const { parent } = node;
    if (parent === undefined) return;
    parent.detach(node);
    this.#size -= 1;
    this.#looked = { path: node.path, node: undefined };
    if (parent.children.size > 0 || parent === this.#root) return;
    this.#inner.delete(parent.path);
    this.#above = { path: "", node: undefined };
  }
}
