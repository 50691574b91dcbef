/** Colours by meaning. Without colour every style gives its text unchanged, so no meaning may lie in colour alone. */
import { styleText } from "node:util";
import type { Terminal } from "./terminal.ts";

type Paint = (text: string) => string;

/** The styles of weaver. */
export interface Style {
  /** A name, a heading. */
  readonly strong: Paint;
  /** What matters less. */
  readonly faint: Paint;
  readonly good: Paint;
  readonly warn: Paint;
  readonly bad: Paint;
}

/** Gives the styles that a terminal can show. */
export function styleFor({ color }: Pick<Terminal, "color">): Style {
  const paint =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      color && text !== "" ? styleText(format, text, { validateStream: false }) : text;
  return {
    strong: paint("bold"),
    faint: paint("dim"),
    good: paint("green"),
    warn: paint("yellow"),
    bad: paint("red"),
  };
}
