import type { ActionDeclaration } from "../action/action.ts";
import type { EventKind } from "../audit/audit-log.ts";
import type { ConfigSection } from "../config/config-section.ts";
import type { Method } from "../method/method.ts";
import type { FeatureContext } from "./feature-context.ts";
import type { AnyPort, Provision } from "./port.ts";

/**
 * A part of a kernel, made by a package's factory. Life: `create` (no I/O) → `start` → `stop`. Features start in the order of
 * their needs, independent ones together, and stop in reverse; a start that fails rolls back those before it.
 */
export interface Feature<Name extends string = string, Api = unknown> {
  /** Becomes the property of the kernel: `kernel.<name>`, and the section of the configuration. */
  readonly name: Name;
  /** The npm package, for messages. */
  readonly package: string;
  readonly provides: readonly AnyPort[];
  /** Ports whose providers are created and started before this feature. */
  readonly needs: readonly AnyPort[];
  /** Ports bound late; a call before their provider runs is `PORT_NOT_READY`. */
  readonly uses: readonly AnyPort[];
  readonly actions: readonly ActionDeclaration[];
  readonly events: readonly EventKind[];
  readonly config?: ConfigSection<unknown> | undefined;
  create(context: FeatureContext): FeatureInstance<Api>;
}

/** A created feature. */
export interface FeatureInstance<Api> {
  readonly api: Api;
  readonly provisions: readonly Provision[];
  /** Its entries of the method table: read once, when the table is first used, so that a getter spares a boot their schemas. */
  readonly methods: readonly Method[];
  /** Opens what it needs. `signal` aborts when the start times out or another feature fails. */
  start?(signal: AbortSignal): Promise<void>;
  /**
   * Takes up work that needs all features, such as jobs that came due while no kernel ran. Called once, when every feature has
   * started and the kernel runs; the boot does not wait for it, and a failure is logged. It may still go on when `stop` is called.
   */
  ready?(): Promise<void>;
  /** Closes all it opened; called once, also when `start` failed half way. */
  stop?(signal: AbortSignal): Promise<void>;
}

/** The API of a feature, by its type. */
export type ApiOf<F> = F extends Feature<string, infer Api> ? Api : never;

/** The properties that a list of features adds to a kernel. */
export type ApisOf<Features extends readonly Feature[]> = { readonly [F in Features[number] as F["name"]]: ApiOf<F> };
