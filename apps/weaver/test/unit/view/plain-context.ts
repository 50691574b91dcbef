/** What views are given in tests: a terminal of 80 columns without colours. */
import type { ViewContext } from "../../../src/commands/command.ts";
import { styleFor } from "../../../src/view/style.ts";

export const plainContext: ViewContext = {
  style: styleFor({ color: false }),
  width: 80,
  now: 1_700_000_060_000,
  dir: "/state",
  typed: (words) => `weaver ${words}`,
};
