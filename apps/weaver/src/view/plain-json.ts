/** Shows a result that has no form of its own: indented JSON, safe for a terminal. */
import type { View } from "../commands/command.ts";
import { printable } from "./printable.ts";

export const view: View = (result) => printable(JSON.stringify(result, null, 2), { lines: true });
