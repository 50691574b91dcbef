/** Shows `kernel.features`, in the order of their start. */
import type { View } from "../commands/command.ts";
import { objectOf, objectsOf, shown } from "./fields.ts";
import { renderTable } from "./table.ts";

export const view: View = (result, { style }) =>
  renderTable(
    [{ title: "FEATURE" }, { title: "PACKAGE" }],
    objectsOf(objectOf(result).features).map((feature) => [shown(feature.name), shown(feature.package)]),
    style.strong,
  );
