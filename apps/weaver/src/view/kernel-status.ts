/** Shows `kernel.status`, of a running kernel and of a directory without one. */
import type { JsonObject, JsonValue } from "@weftos/interface";
import type { View } from "../commands/command.ts";
import { numberOf, objectOf, shown } from "./fields.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";
import { span } from "./time.ts";

export const view: View = (result, { style, dir, typed }) => {
  const status = objectOf(result);
  const running = status.state === "running";
  const state = shown(status.state);
  const uptime = numberOf(status.uptimeMs);
  const decisions = objectOf(status.decisions);
  const fields: [string, string][] = [["state", running ? style.good(state) : style.warn(state)]];
  if (status.writable === false)
    fields.push(["unhealthy", style.bad(`nothing can be recorded (${shown(status.error)}): what must be is refused`)]);
  if (status.pid !== null) fields.push(["pid", shown(status.pid)]);
  if (uptime !== undefined) fields.push(["uptime", span(uptime)]);
  fields.push(["directory", shown(status.dir ?? dir)]);
  if (status.version !== undefined) {
    fields.push(
      ["version", shown(status.version)],
      ["environment", shown(status.environment)],
      ["features", shown(status.features)],
      ["processes", shown(status.processes)],
      ["decisions", ["permit", "defer", "deny"].map((kind) => `${shown(decisions[kind])} ${kind}`).join(", ")],
    );
  }
  if (status.chain !== undefined) fields.push(["chain", chainText(objectOf(status.chain), style)]);
  if (Array.isArray(status.notices) && status.notices.length > 0)
    fields.push(["notices", style.warn((status.notices as readonly JsonValue[]).map(shown).join("\n"))]);
  if (typeof status.note === "string") fields.push(["note", shown(status.note)]);
  if (!running) fields.push(["next", typed("kernel start")]);
  return renderFields(fields, style.faint);
};

function chainText(chain: JsonObject, style: Style): string {
  const { code, message } = objectOf(chain.error);
  if (code !== undefined) return style.bad(`${shown(code)}: ${shown(message)}`);
  return typeof chain.head === "string" ? `sequence ${shown(chain.sequence)}, head ${shown(chain.head)}` : "none yet";
}
