/** The meeting points of one kernel: for each port its providers, and whether they run. */
import type { AnyPort, Port, Provision } from "@weftos/interface";
import { PortNotReadyError } from "./port-errors.ts";

/** One provider of one port. */
interface Cell {
  readonly provider: string;
  readonly value: unknown;
  ready: boolean;
}

const none: readonly unknown[] = Object.freeze([]);

/** Binds ports to the values that features provide. Values keep the type of their `Port` token, see `Provision`. */
export class PortCells {
  readonly #cells = new Map<string, Cell[]>();
  readonly #many = new Map<string, readonly unknown[]>();
  readonly #through = new Map<string, (value: unknown) => unknown>();

  /** Gives everybody a port's value through something of the kernel; called before the port is provided. */
  through<T>(port: Port<T, "one">, change: (value: T) => T): void {
    this.#through.set(port.name, change as (value: unknown) => unknown);
  }

  /** Adds what a created feature provides; it is not ready yet. */
  add(provider: string, provisions: readonly Provision[], ready: boolean): void {
    for (const { port, value } of provisions) {
      const cells = this.#cells.get(port.name) ?? [];
      cells.push({ provider, value: this.#through.get(port.name)?.(value) ?? value, ready });
      this.#cells.set(port.name, cells);
      this.#many.delete(port.name);
    }
  }

  /** Marks all that a feature provides as running. */
  markReady(provider: string): void {
    for (const cells of this.#cells.values()) {
      for (const cell of cells) if (cell.provider === provider) cell.ready = true;
    }
  }

  /** Gives the value of a single port, running or not; undefined when nobody provides it. */
  peek<T>(port: AnyPort & { readonly __type?: (value: T) => T }): T | undefined {
    return this.#cells.get(port.name)?.[0]?.value as T | undefined;
  }

  /** Names the feature that provides a single port. */
  providerOf(port: AnyPort): string | undefined {
    return this.#cells.get(port.name)?.[0]?.provider;
  }

  /** Gives the value of a single port if its provider runs. */
  running<T>(port: AnyPort & { readonly __type?: (value: T) => T }): T | undefined {
    const cell = this.#cells.get(port.name)?.[0];
    return cell?.ready === true ? (cell.value as T) : undefined;
  }

  /** Gives a late binding. */
  late<T>(port: AnyPort & { readonly __type?: (value: T) => T }, calledBy: string): () => T {
    let bound: Cell | undefined;
    return () => {
      if (bound?.ready === true) return bound.value as T;
      bound = this.#cells.get(port.name)?.[0];
      if (bound?.ready === true) return bound.value as T;
      throw notReady(port.name, calledBy, bound?.provider);
    };
  }

  /** Gives all providers of a many-port, in the order of the features. */
  all<T>(port: AnyPort & { readonly __type?: (value: T) => T }): readonly T[] {
    const known = this.#many.get(port.name);
    if (known !== undefined) return known as readonly T[];
    const cells = this.#cells.get(port.name);
    const values = cells === undefined ? none : Object.freeze(cells.map((cell) => cell.value));
    this.#many.set(port.name, values);
    return values as readonly T[];
  }

  /** Tells whether every provider of a many-port runs. */
  allReady(port: AnyPort): boolean {
    return this.#cells.get(port.name)?.every((cell) => cell.ready) ?? true;
  }
}

function notReady(port: string, calledBy: string, provider: string | undefined): PortNotReadyError {
  const why =
    provider === undefined ? "no feature of this kernel provides it" : `the feature ${provider} has not started yet`;
  return new PortNotReadyError(`${calledBy} called the port ${port}, but ${why}`, {
    details: { port, calledBy, provider },
    retryable: provider !== undefined,
  });
}
