/** How long each step of a boot took: a tree of timed steps, kept with the kernel and shown on demand. */

/** One step and the steps in it. */
export interface BootStep {
  readonly name: string;
  /** Milliseconds since the boot began. */
  readonly startMs: number;
  /** Milliseconds it took; undefined when it never ended. */
  readonly durationMs: number | undefined;
  readonly steps: readonly BootStep[];
}

interface OpenStep extends BootStep {
  durationMs: number | undefined;
  readonly steps: OpenStep[];
}

/** A step that runs: `step` opens one inside, `end` ends it. */
export interface StepTimer {
  step(name: string): StepTimer;
  end(): void;
}

export class BootTimer {
  readonly root: BootStep;
  readonly #open: OpenStep;
  readonly #monotonic: () => number;
  readonly #origin: number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#origin = monotonic();
    this.#open = { name: "boot", startMs: 0, durationMs: undefined, steps: [] };
    this.root = this.#open;
  }

  step(name: string): StepTimer {
    return this.#step(this.#open, name);
  }

  end(): void {
    this.#open.durationMs ??= this.#elapsed();
  }

  /** Times one step, whether it succeeds or not. */
  async time<T>(name: string, run: (timer: StepTimer) => T | Promise<T>): Promise<T> {
    const timer = this.step(name);
    try {
      return await run(timer);
    } finally {
      timer.end();
    }
  }

  #elapsed(): number {
    return Math.round((this.#monotonic() - this.#origin) * 1000) / 1000;
  }

  #step(parent: OpenStep, name: string): StepTimer {
    const open: OpenStep = { name, startMs: this.#elapsed(), durationMs: undefined, steps: [] };
    parent.steps.push(open);
    return {
      step: (inner) => this.#step(open, inner),
      end: () => {
        open.durationMs ??= Math.round((this.#elapsed() - open.startMs) * 1000) / 1000;
      },
    };
  }
}

/**
 * Writes a boot tree as lines of text.
 *
 * @example
 * ```ts no-run
 * console.log(renderBootTree(kernel.bootTree));
 * // boot 12.4 ms
 * // ├─ create 0.6 ms
 * // └─ start 9.1 ms
 * //    └─ exochain 8.8 ms
 * ```
 */
export function renderBootTree(step: BootStep): string {
  return [line(step), ...branches(step, "")].join("\n");
}

function branches(step: BootStep, indent: string): string[] {
  return step.steps.flatMap((inner, index) => {
    const last = index === step.steps.length - 1;
    return [`${indent}${last ? "└─" : "├─"} ${line(inner)}`, ...branches(inner, `${indent}${last ? "   " : "│  "}`)];
  });
}

function line({ name, durationMs }: BootStep): string {
  return durationMs === undefined ? `${name} (did not end)` : `${name} ${durationMs.toFixed(1)} ms`;
}
