/** What a kernel lacks of what makes it safe, one sentence each: the boot log shows them. */
import { approvals, auditLog, capabilityCheck, gates } from "@weftos/interface";
import type { PortCells } from "../graph/port-cells.ts";

export function weaknesses(cells: PortCells): readonly string[] {
  const found: string[] = [];
  if (cells.providerOf(auditLog) === "kernel") {
    found.push("no feature keeps an audit log: the newest events are kept in memory");
  }
  if (cells.all(gates).length === 0) found.push("no feature decides: every guarded action is denied");
  if (cells.running(capabilityCheck) === undefined) {
    found.push("no feature checks capabilities: only the kernel itself may act");
  }
  if (cells.running(approvals) === undefined) found.push("no feature keeps approvals: what needs one is refused");
  return found;
}
