/**
 * Where the tour is told: headings, lines, a bar, a question. The steps of the story speak to this and never to a stream, so
 * the same story runs paced on a terminal, plain in a file, and silent with `--json`.
 */
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fold, hang } from "../../view/fold.ts";
import { type Style, styleFor } from "../../view/style.ts";
import type { Terminal } from "../../view/terminal.ts";
import { progressBar } from "./progress-bar.ts";

const MARGIN = "   ";
const MAX_WIDTH = 110;

/** How long a reader is given, in milliseconds. */
export const BEAT = { medium: 900, long: 1900 } as const;

export interface Stage {
  readonly style: Style;
  /** Columns for text inside the margin. */
  readonly width: number;
  /** Whether pauses are made. */
  readonly paced: boolean;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Opens a step with one sentence. */
  heading(number: number, sentence: string): Promise<void>;
  /** Writes lines inside the margin. */
  lines(text: string): void;
  /** Writes text as it is, without a margin. */
  raw(text: string): void;
  /** Draws or redraws the bar; on what is no terminal nothing is drawn until `endProgress`. */
  progress(done: number, total: number): void;
  /** Leaves the bar as it stands, with a line of its own. */
  endProgress(): void;
  pause(ms: number): Promise<void>;
  /** Asks a question that is no unless a person says yes. */
  confirm(question: string): Promise<boolean>;
}

/** What makes a stage. */
export interface StageInit {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly fast: boolean;
}

/** Opens the stage for a run. */
export function openStage({ terminal, json, fast }: StageInit): Stage {
  const onTerminal = terminal.isInteractive && !json;
  return new TerminalStage(terminal, {
    paced: onTerminal && !fast,
    live: onTerminal,
    silent: json,
  });
}

class TerminalStage implements Stage {
  readonly style: Style;
  readonly width: number;
  readonly paced: boolean;
  readonly canAsk: boolean;
  readonly #terminal: Terminal;
  readonly #live: boolean;
  readonly #silent: boolean;
  #bar: { done: number; total: number } | undefined;

  constructor(terminal: Terminal, how: { readonly paced: boolean; readonly live: boolean; readonly silent: boolean }) {
    this.#terminal = terminal;
    this.#live = how.live;
    this.#silent = how.silent;
    this.style = styleFor(terminal);
    this.width = Math.min(terminal.width, MAX_WIDTH) - MARGIN.length;
    this.paced = how.paced;
    this.canAsk = how.live;
  }

  async heading(number: number, sentence: string): Promise<void> {
    const lines = this.#live ? fold(sentence, this.width) : [sentence];
    const shown = lines.map((line, index) => this.style.strong(`${index === 0 ? `${number}  ` : MARGIN}${line}`));
    this.raw(`\n${shown.join("\n")}\n\n`);
    await this.pause(BEAT.medium);
  }

  lines(text: string): void {
    // A bar that is being drawn gives way, and comes back below with the next step.
    if (this.#live && this.#bar !== undefined) this.raw("\r\u001b[2K");
    const fitted = text.split("\n").flatMap((line) => (this.#live ? hang(line, this.width, "npx -y ") : [line]));
    this.raw(`${fitted.map((line) => (line === "" ? "" : MARGIN + line)).join("\n")}\n`);
  }

  raw(text: string): void {
    if (!this.#silent) this.#terminal.out.write(text);
  }

  progress(done: number, total: number): void {
    this.#bar = { done, total };
    if (this.#live) this.raw(`\r${MARGIN}${progressBar(this.style, done, total)}`);
  }

  endProgress(): void {
    if (this.#bar === undefined) return;
    const { done, total } = this.#bar;
    this.#bar = undefined;
    this.raw(`${this.#live ? "\r" : ""}${MARGIN}${progressBar(this.style, done, total)}\n`);
  }

  async pause(ms: number): Promise<void> {
    if (this.paced) await wait(ms);
  }

  async confirm(question: string): Promise<boolean> {
    if (!this.canAsk) return false;
    const { input, out } = this.#terminal;
    const lines = createInterface({ input, output: out });
    const gone = new AbortController();
    lines.once("close", () => gone.abort());
    try {
      const answer = await lines.question(`${MARGIN}${question}`, { signal: gone.signal });
      return /^\s*y(es)?\s*$/i.test(answer);
    } catch {
      // The input ended: nobody said yes.
      this.raw("\n");
      return false;
    } finally {
      lines.close();
    }
  }
}
