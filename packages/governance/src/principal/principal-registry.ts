/**
 * The principals of one kernel, kept in a sealed journal. Every change is on disk before its promise resolves, and changes
 * happen one after the other.
 *
 * Limits: 1000 principals, revoked ones included, since a name is never given twice; 10 000 changes in all.
 */
import { ed25519, fromHex, isEd25519PublicKey, sha256, toHex } from "@weftos/crypto";
import type { Branch, Clock, Principal, Principals, Random, Role } from "@weftos/interface";
import type { SealedJournal } from "../journal/sealed-journal.ts";
import { PrincipalConflictError, PrincipalUnknownError } from "./principal-errors.ts";
import { applyPrincipal, type PrincipalEntry, type PrincipalRecord } from "./principal-record.ts";

const MAX_PRINCIPALS = 1000;
const MAX_RECORDS = 10_000;
const TOKEN_BYTES = 32;

/** What is said of a new principal. */
export interface NewPrincipal {
  readonly name: string;
  readonly role: Role;
  readonly branches: readonly Branch[];
  /** Ed25519 public key, lower-case hex. */
  readonly key: string;
  readonly owner: boolean;
}

export class PrincipalRegistry implements Principals {
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Pick<Random, "bytes">;
  readonly #entries = new Map<string, PrincipalEntry>();
  #journal: SealedJournal<PrincipalRecord> | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #owner: string | undefined;

  constructor(init: { readonly clock: Pick<Clock, "now">; readonly random: Pick<Random, "bytes"> }) {
    this.#clock = init.clock;
    this.#random = init.random;
  }

  /** Reads the journal, which it closes when it cannot. @throws `GOVERNANCE_JOURNAL_BROKEN` */
  async open(journal: SealedJournal<PrincipalRecord>): Promise<void> {
    try {
      let index = 0;
      for await (const record of journal.records()) {
        if (!this.#apply(record)) throw journal.fail(index, `"${record.type}" cannot follow here`);
        index++;
      }
    } catch (error) {
      await journal.close();
      throw error;
    }
    this.#journal = journal;
  }

  async close(): Promise<void> {
    const journal = this.#journal;
    await this.#tail;
    this.#journal = undefined;
    await journal?.close();
  }

  find(name: string): Principal | undefined {
    return this.#entries.get(name)?.principal;
  }

  owner(): Principal | undefined {
    const found = this.#owner === undefined ? undefined : this.find(this.#owner);
    return found?.state === "active" ? found : undefined;
  }

  list(): readonly Principal[] {
    return [...this.#entries.values()].map(({ principal }) => principal);
  }

  /** Whether anybody is known: then nobody else may answer, propose or review. */
  get known(): boolean {
    return this.#entries.size > 0;
  }

  /** Those who may act in the name of a branch now. */
  ofBranch(branch: Branch): readonly Principal[] {
    return this.list().filter(({ state, branches }) => state === "active" && branches.includes(branch));
  }

  byToken(token: string): Principal | undefined {
    const hash = hashOf(token);
    for (const entry of this.#entries.values()) if (entry.token === hash) return entry.principal;
    return undefined;
  }

  verify(name: string, message: Uint8Array, signature: Uint8Array): boolean {
    const found = this.find(name);
    return found?.state === "active" && ed25519.verifier(fromHex(found.key)).verify(message, signature);
  }

  /** Up to when the newest token of a principal used consents up, milliseconds UTC; undefined when none was issued. */
  tokenAt(name: string): number | undefined {
    return this.#entries.get(name)?.tokenAt;
  }

  /** Tells whether a principal signed a message with a key that is or was its own, whatever became of it since. */
  verifyWith(name: string, key: string, message: Uint8Array, signature: Uint8Array): boolean {
    const found = this.find(name);
    const own = found?.key === key || found?.formerKeys.some((former) => former.key === key) === true;
    return own && ed25519.verifier(fromHex(key)).verify(message, signature);
  }

  /** @throws `GOVERNANCE_PRINCIPAL_CONFLICT` */
  add(given: NewPrincipal): Promise<Principal> {
    return this.#change(given.name, (journal) => {
      const { name } = given;
      this.checkNew(given);
      if (this.#entries.size >= MAX_PRINCIPALS || journal.length >= MAX_RECORDS)
        throw conflict(name, `expected at most ${MAX_PRINCIPALS} principals`);
      return { type: "added", ...given, branches: [...given.branches], at: this.#clock.now() };
    });
  }

  /** Checks that somebody could be added, whoever consents. @throws `GOVERNANCE_PRINCIPAL_CONFLICT` */
  checkNew({ name, key, owner }: NewPrincipal): void {
    checkKey(name, key);
    const clash = this.list().find((other) => other.key === key || other.formerKeys.some((one) => one.key === key));
    if (this.#entries.has(name)) throw conflict(name, "the name is taken, also when its principal was revoked");
    if (clash !== undefined) throw conflict(name, `the key is that of ${clash.name}`);
    if (owner && this.list().some((other) => other.owner && other.state === "active"))
      throw conflict(name, "this state directory has an owner");
  }

  /**
   * Checks that whoever is made known first can go on to make others known: from then on nobody else may.
   *
   * @throws `GOVERNANCE_PRINCIPAL_CONFLICT`
   */
  checkFirst({ name, role, owner }: NewPrincipal): void {
    if (this.known || (owner && role === "admin")) return;
    throw conflict(name, "nobody is known yet, and the first must be an owner of role admin, who can add the others");
  }

  /** @throws `GOVERNANCE_PRINCIPAL_UNKNOWN` */
  revoke(name: string): Promise<Principal> {
    return this.#change(name, () => {
      const gone = this.active(name);
      const admins = this.list().filter(({ state, role }) => state === "active" && role === "admin");
      if (gone.role === "admin" && admins.length === 1)
        throw conflict(name, "nobody would be left to add another admin");
      // The owner needs no token on the state directory; another admin without one could call nothing.
      if (
        gone.owner &&
        !admins.some((other) => other.name !== name && this.#entries.get(other.name)?.token !== undefined)
      )
        throw conflict(name, "no other admin has a token to go on with");
      return { type: "revoked", name, at: this.#clock.now() };
    });
  }

  /** Gives a principal a new key, and ends its token. @throws `GOVERNANCE_PRINCIPAL_UNKNOWN`, `GOVERNANCE_PRINCIPAL_CONFLICT` */
  rotate(name: string, key: string): Promise<Principal> {
    return this.#change(name, (journal) => {
      this.active(name);
      checkKey(name, key);
      if (this.list().some((other) => other.key === key || other.formerKeys.some((one) => one.key === key)))
        throw conflict(name, "the key was used before");
      if (journal.length >= MAX_RECORDS) throw conflict(name, `expected at most ${MAX_RECORDS} changes`);
      return { type: "rotated", name, key, at: this.#clock.now() };
    });
  }

  /**
   * Issues the one token of a principal; the one before ends. Only its hash is kept.
   *
   * @param after - a time up to which it uses consents up, milliseconds UTC, where that is later than now
   */
  async issueToken(name: string, after = 0): Promise<string> {
    const token = toHex(this.#random.bytes(TOKEN_BYTES));
    await this.#change(name, (journal) => {
      this.active(name);
      if (journal.length >= MAX_RECORDS) throw conflict(name, `expected at most ${MAX_RECORDS} changes`);
      return { type: "token", name, hash: hashOf(token), at: Math.max(after, this.#clock.now()) };
    });
    return token;
  }

  /** Gives a principal that is in force. @throws `GOVERNANCE_PRINCIPAL_UNKNOWN` */
  active(name: string): Principal {
    const found = this.find(name);
    if (found?.state === "active") return found;
    const shown = String(name).slice(0, 64);
    const what = found === undefined ? "is not known" : "was revoked";
    throw new PrincipalUnknownError(`the principal ${JSON.stringify(shown)} ${what}`, {
      details: { principal: shown },
    });
  }

  #change(name: string, step: (journal: SealedJournal<PrincipalRecord>) => PrincipalRecord): Promise<Principal> {
    const result = this.#tail.then(async () => {
      if (this.#journal === undefined) throw conflict(name, "the journal of principals is not open");
      const record = step(this.#journal);
      await this.#journal.append(record);
      this.#apply(record);
      return this.find(name) as Principal;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #apply(record: PrincipalRecord): boolean {
    const next = applyPrincipal(this.#entries.get(record.name), record);
    if (next !== undefined) this.#entries.set(record.name, next);
    if (next?.principal.owner === true) this.#owner = record.name;
    return next !== undefined;
  }
}

/** Whoever had a key that is none could never sign, and would count for a quorum for good. */
function checkKey(name: string, key: string): void {
  if (!isEd25519PublicKey(fromHex(key))) throw conflict(name, "the key is no Ed25519 public key");
}

function hashOf(token: string): string {
  return toHex(sha256(new TextEncoder().encode(token)));
}

function conflict(principal: string, reason: string): PrincipalConflictError {
  return new PrincipalConflictError(`${principal}: ${reason}`, { details: { principal, reason } });
}
