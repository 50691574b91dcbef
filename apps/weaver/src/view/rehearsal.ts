/** Shows what a rehearsal found: counts, then each decision that would be another. */
import type { View } from "../commands/command.ts";
import { lockText } from "./amendment.ts";
import { numberOf, objectOf, objectsOf, shown } from "./fields.ts";
import { renderFitted } from "./fitted-table.ts";

export const view: View = (result, { style, width, typed }) => {
  const found = objectOf(result);
  const changed = numberOf(found.changed) ?? 0;
  const replayed = found.decisions === 1 ? "1 decision" : `${shown(found.decisions)} decisions`;
  const head = `${replayed} replayed up to event ${shown(found.upTo)}, ${changed} would change`;
  const unjudged = numberOf(found.unjudged) ?? 0;
  const untold =
    unjudged === 0
      ? []
      : [
          style.warn(
            `${unjudged} cannot be told: the rules ask for what is not recorded, such as the rights of a process`,
          ),
        ];
  const locks = objectsOf(found.locks).map((lock) => style.warn(`locks ${lockText(lock)}`));
  if (changed === 0) return [style.good(head), ...untold, ...locks].join("\n");
  const counts = Object.entries(objectOf(found.changes)).map(([way, count]) => `${shown(count)} ${way}`);
  const listed = objectsOf(found.listed);
  const table = renderFitted(
    [
      { title: "EVENT", align: "right" },
      { title: "WHO", least: 12 },
      { title: "ACTION" },
      { title: "ON", least: 10 },
      { title: "CHANGE" },
      { title: "CAUSE", least: 16 },
    ],
    listed.map((one) => [
      shown(one.sequence),
      shown(one.agent ?? one.subject),
      style.strong(shown(one.action)),
      shown(one.resource),
      `${shown(one.from)}→${one.to === "permit" ? style.warn("permit") : shown(one.to)}`,
      shown(one.cause),
    ]),
    width,
    style.strong,
  );
  const more = changed - listed.length;
  const rest = more > 0 ? [style.faint(`and ${more} more`)] : [];
  return [
    `${head}: ${counts.join(", ")}`,
    ...untold,
    ...locks,
    "",
    table,
    ...rest,
    `${style.faint("why one was decided:")} ${typed("governance explain <event>")}`,
  ].join("\n");
};
