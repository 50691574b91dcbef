/**
 * The law of a chain, kept beside it: the genesis rules it was begun with, and where the chain recorded them. Sealed with
 * the kernel's key, so that it cannot be rewritten without it. At later boots this, not the release's own list, decides.
 *
 * Limit: the audit log can be asked for the receipt of the genesis event but not for its text. So a file that was taken
 * away together with its key cannot be told from a chain that never had one.
 */
import { open, seal } from "@weftos/crypto";
import type { Files, Random } from "@weftos/interface";
import { safeParse, z } from "@weftos/schema";
import { type Policy, policyOf } from "../policy/policy.ts";
import { GenesisChangedError } from "../policy/policy-errors.ts";
import { dimensionsSchema, rulesSchema } from "../policy/rule-schema.ts";

const headSchema = z.lazy(() =>
  z.looseObject({
    version: z.literal(1),
    digest: z.string(),
    /** Whether amendments may loosen. */
    amendable: z._default(z.boolean(), false),
    /** Where the chain recorded it; absent until it did. */
    anchor: z.optional(z.strictObject({ sequence: z.int(), hash: z.string() })),
    /** Digest of the last `governance.policy` event. */
    inForce: z.optional(z.string()),
  }),
);
const bodySchema = z.looseObject({ dimensions: dimensionsSchema, rules: rulesSchema });

/** What is known of a chain's law. */
export interface Law {
  readonly policy: Policy;
  /** Whether amendments may loosen; said once, at genesis. */
  readonly amendable: boolean;
  readonly anchor: { readonly sequence: number; readonly hash: string } | undefined;
  readonly inForce: string | undefined;
}

const PURPOSE = new TextEncoder().encode("weftos/genesis/1");
const MAX_BYTES = 67_108_864;

/** Reads and writes the law of one state directory. */
export class GenesisFile {
  readonly path: string;
  readonly #files: Files;
  readonly #key: Uint8Array;
  readonly #random: Pick<Random, "bytes">;

  constructor(init: {
    readonly files: Files;
    readonly dir: string;
    readonly key: Uint8Array;
    readonly random: Pick<Random, "bytes">;
  }) {
    this.path = `${init.dir}/journal/genesis`;
    this.#files = init.files;
    this.#key = init.key;
    this.#random = init.random;
  }

  /**
   * Reads the law; undefined when there is none yet.
   *
   * @param release - the policy of this release: taken as it is when the law names it by its digest, which is the usual case
   * @throws `GOVERNANCE_GENESIS_CHANGED`
   */
  async read(release: Policy): Promise<Law | undefined> {
    if ((await this.#files.stat(this.path)) === undefined) return undefined;
    const bytes = await this.#files.read(this.path, { maxBytes: MAX_BYTES });
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(open(this.#key, bytes, PURPOSE)));
    } catch (cause) {
      throw this.changed("it was not sealed with this kernel's key (keys/seal), or was changed", cause);
    }
    const named = safeParse(headSchema, value, "the genesis");
    if (!named.ok) throw this.changed(named.problem.message);
    const { digest, amendable, anchor, inForce } = named.value;
    if (digest === release.digest) return { policy: release, amendable, anchor, inForce };
    const checked = safeParse(bodySchema, value, "the genesis");
    if (!checked.ok) throw this.changed(checked.problem.message);
    const { rules, dimensions } = checked.value;
    const policy = policyOf(rules, dimensions);
    if (policy.digest !== digest) throw this.changed("its rules do not have the digest it names");
    return { policy, amendable, anchor, inForce };
  }

  /** Writes the law, whole or not at all, into a folder that is there. */
  async write(law: Law): Promise<void> {
    const { digest, dimensions, rules } = law.policy;
    const { amendable, anchor, inForce } = law;
    const text = JSON.stringify({ version: 1, digest, dimensions, rules, amendable, anchor, inForce });
    const sealed = seal(this.#key, new TextEncoder().encode(text), PURPOSE, (length) => this.#random.bytes(length));
    await this.#files.writeAtomic(this.path, sealed, { mode: 0o600 });
  }

  /** Says that the law cannot be trusted. */
  changed(reason: string, cause?: unknown): GenesisChangedError {
    return new GenesisChangedError(`${this.path}: ${reason}`, { details: { path: this.path, reason }, cause });
  }
}
