/** A table that must fit a terminal: some columns may be cut, the last first, and those that matter least are left out. Lines are not wrapped. */
import { type Column, cut, displayWidth, renderTable } from "./table.ts";

const GAP = 2;

/** One column. */
export interface FittedColumn extends Column {
  /** Its plain cells may be cut to so many columns. */
  readonly least?: number;
  /** Left out before those with a higher number. Absent: never. */
  readonly rank?: number;
}

/** Renders rows under their titles in at most `width` columns, where the columns that are never left out have room. */
export function renderFitted(
  columns: readonly FittedColumn[],
  rows: readonly (readonly string[])[],
  width: number,
  title?: (text: string) => string,
): string {
  const all = columns.map((column, index) => {
    const cells = rows.map((row) => row[index] ?? "");
    const natural = Math.max(displayWidth(column.title), ...cells.map(displayWidth));
    return { column, cells, natural, least: Math.min(natural, column.least ?? natural) };
  });
  const byRank = all.filter(({ column }) => column.rank !== undefined);
  byRank.sort((one, other) => (one.column.rank ?? 0) - (other.column.rank ?? 0));
  let kept = all;
  const sum = (of: "natural" | "least"): number => kept.reduce((total, one) => total + one[of] + GAP, -GAP);
  for (const one of byRank) {
    if (sum("least") <= width) break;
    kept = kept.filter((other) => other !== one);
  }
  let over = Math.max(0, sum("natural") - width);
  const cells = kept
    .toReversed()
    .map(({ cells: texts, natural, least }) => {
      const less = Math.min(over, natural - least);
      over -= less;
      return less === 0 ? texts : texts.map((text) => cut(text, natural - less));
    })
    .reverse();
  return renderTable(
    kept.map(({ column }) => column),
    rows.map((_, row) => cells.map((texts) => texts[row] ?? "")),
    title,
  );
}
