// The certificates that are in the tree, found by who received them. What was read and verified of a node is kept as long as
// the node says the same.
import type { JsonObject } from "@weftos/interface";
import {
  type Delegation,
  type DelegationTrust,
  linkFault,
  MAX_LINKS,
  ownFault,
  readDelegation,
  signatureFault,
} from "./delegation.ts";
import type { DelegationFault } from "./delegation-fault.ts";
import type { ResourceNodes } from "./resource-nodes.ts";
import { nameOf } from "./resource-path.ts";
import { DELEGATIONS } from "./standard-nodes.ts";
import type { Digest } from "./tree-hash.ts";

/** A certificate as the tree holds it. */
export interface HeldDelegation {
  readonly certificate: Delegation;
  /** When it was revoked, milliseconds UTC, and by whom. */
  readonly revokedAt: number | undefined;
  readonly revokedBy: string | undefined;
}

interface Read {
  readonly held: HeldDelegation | undefined;
  /** Undefined: not verified yet. */
  signature: { readonly fault: DelegationFault | undefined } | undefined;
}

export class DelegationBook {
  /** Public keys of the node by key id. */
  readonly keys = new Map<string, Uint8Array>();
  readonly #read = new WeakMap<JsonObject, Read>();
  #of: { readonly root: Digest; readonly byReceiver: ReadonlyMap<string, readonly HeldDelegation[]> } | undefined;

  /** Gives all, those that cannot be read left out. */
  list(nodes: ResourceNodes): readonly HeldDelegation[] {
    const children = nodes.find(DELEGATIONS)?.children.values() ?? [];
    return [...children].map(({ metadata }) => this.#readOf(metadata).held).filter((held) => held !== undefined);
  }

  find(nodes: ResourceNodes, id: string): HeldDelegation | undefined {
    const node = nodes.find(`${DELEGATIONS}/${id}`);
    return node === undefined ? undefined : this.#readOf(node.metadata).held;
  }

  /** Gives those that one of these received. */
  to(nodes: ResourceNodes, names: Iterable<string>): readonly HeldDelegation[] {
    const root = nodes.find(DELEGATIONS)?.digest;
    if (root === undefined) return [];
    if (this.#of?.root !== root) {
      const byReceiver = new Map<string, HeldDelegation[]>();
      for (const held of this.list(nodes)) {
        const known = byReceiver.get(held.certificate.to);
        if (known === undefined) byReceiver.set(held.certificate.to, [held]);
        else known.push(held);
      }
      this.#of = { root, byReceiver };
    }
    const found: HeldDelegation[] = [];
    for (const name of names) found.push(...(this.#of.byReceiver.get(name) ?? []));
    return found;
  }

  /** Gives a certificate and those that it stands under, and why they do not hold when they do not. */
  links(
    nodes: ResourceNodes,
    id: string,
    now: number,
    chain: string,
  ): { readonly links: readonly Delegation[]; readonly fault: DelegationFault | undefined } {
    const links: Delegation[] = [];
    const trust: DelegationTrust = {
      keys: this.keys,
      now,
      chain,
      revoked: (each) => this.find(nodes, each)?.revokedAt !== undefined,
    };
    let fault: DelegationFault | undefined;
    for (let next: string | null = id; next !== null; ) {
      const link: Delegation | undefined = this.find(nodes, next)?.certificate;
      if (link === undefined || links.length === MAX_LINKS) return { links, fault: fault ?? "missing" };
      fault ??= ownFault(link, trust) ?? this.#signatureFault(nodes, link.id);
      links.push(link);
      next = link.under;
    }
    for (const [at, link] of links.entries()) fault ??= linkFault(link, links[at + 1]);
    return { links, fault };
  }

  /** Why what stands at a path is no certificate of this node; undefined when it is one. */
  faultAt(nodes: ResourceNodes, path: string): DelegationFault | undefined {
    const held = this.find(nodes, nameOf(path));
    return held === undefined ? "form" : this.#signatureFault(nodes, held.certificate.id);
  }

  #signatureFault(nodes: ResourceNodes, id: string): DelegationFault | undefined {
    const node = nodes.find(`${DELEGATIONS}/${id}`);
    if (node === undefined) return "missing";
    const read = this.#readOf(node.metadata);
    if (read.held === undefined) return "form";
    if (read.held.certificate.id !== id) return "id";
    read.signature ??= { fault: signatureFault(read.held.certificate, this.keys) };
    // A key that was not known then may be by now.
    if (read.signature.fault === "key") read.signature = { fault: signatureFault(read.held.certificate, this.keys) };
    return read.signature.fault;
  }

  #readOf(metadata: JsonObject): Read {
    let read = this.#read.get(metadata);
    if (read === undefined) {
      read = { held: heldOf(metadata), signature: undefined };
      this.#read.set(metadata, read);
    }
    return read;
  }
}

function heldOf({ revokedAt, revokedBy, ...rest }: JsonObject): HeldDelegation | undefined {
  const certificate = readDelegation(rest);
  if (certificate === undefined) return undefined;
  return {
    certificate,
    revokedAt: typeof revokedAt === "number" ? revokedAt : undefined,
    revokedBy: typeof revokedBy === "string" ? revokedBy : undefined,
  };
}
