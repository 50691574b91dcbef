/** The one table of methods: name, role and state are checked here, the input by the method itself. */
import type { KernelState, Method, MethodCaller, MethodTable, Role } from "@weftos/interface";
import { KernelFeatureError, KernelStateError } from "../kernel/kernel-errors.ts";
import { MethodForbiddenError, MethodNotFoundError } from "./method-errors.ts";

const ROLES: readonly Role[] = ["viewer", "operator", "approver", "admin"];

/** Told of a change that a caller's role does not allow. */
type RoleRefused = (method: Method, caller: MethodCaller | undefined) => void;

export class KernelMethodTable implements MethodTable {
  readonly #methods = new Map<string, Method>();
  readonly #owners = new Map<string, string>();
  readonly #state: () => KernelState;
  /** What is made when the table is first used: schemas are most of what a boot would do for them. */
  readonly #waiting: { readonly feature: string; readonly methods: () => readonly Method[] }[] = [];

  readonly #refused: RoleRefused;

  constructor(state: () => KernelState, refused: RoleRefused) {
    this.#state = state;
    this.#refused = refused;
  }

  /**
   * Adds the methods of a feature; those given as a function at the first use of the table.
   *
   * @throws `KERNEL_FEATURE_INVALID` when another feature has a method of that name
   */
  add(feature: string, methods: readonly Method[] | (() => readonly Method[])): void {
    if (typeof methods === "function") {
      this.#waiting.push({ feature, methods });
      return;
    }
    for (const method of methods) {
      const owner = this.#owners.get(method.name);
      if (owner !== undefined) {
        throw new KernelFeatureError(`the method ${method.name} is given by ${owner} and by ${feature}`, {
          details: { feature },
        });
      }
      this.#methods.set(method.name, method);
      this.#owners.set(method.name, feature);
    }
  }

  list(): readonly Method[] {
    this.#makeWaiting();
    return [...this.#methods.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Method | undefined {
    this.#makeWaiting();
    return this.#methods.get(name);
  }

  async call(name: string, input: unknown, caller: MethodCaller): ReturnType<Method["call"]> {
    const method = this.find(name);
    if (method === undefined) {
      const shown = JSON.stringify(String(name).slice(0, 128));
      throw new MethodNotFoundError(`expected the name of a method, got ${shown}`, {
        details: { method: String(name).slice(0, 128) },
      });
    }
    // Hosts in plain JavaScript may leave the caller out.
    const role: unknown = (caller as MethodCaller | undefined)?.role;
    const has = ROLES.indexOf(role as Role);
    if (has < 0 || has < ROLES.indexOf(method.role)) {
      if (method.mutates && this.#state() === "running") this.#refused(method, caller);
      throw new MethodForbiddenError(`${name} needs the role ${method.role}, got ${String(role)}`, {
        details: { method: name, needs: method.role, has: String(role) },
      });
    }
    const state = this.#state();
    // The kernel tells its state and its log in any state.
    if (state !== "running" && (method.mutates || this.#owners.get(name) !== "kernel")) {
      throw new KernelStateError(`${name} needs a running kernel, this one is ${state}`, {
        details: { expected: "running", actual: state },
        retryable: state === "booting",
      });
    }
    return await method.call(input, caller);
  }

  #makeWaiting(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      // Left in the list when it fails: a table that lacks methods answers nobody.
      this.add(next.feature, next.methods());
      this.#waiting.shift();
    }
  }
}
