/** Who answers an approval, as a host in plain JavaScript says it: anything may come. */
import { ApprovalRoleError } from "../approval/approval-errors.ts";
import type { Approver } from "./governance-api.ts";

/** Checks it. @throws `APPROVAL_ROLE` */
export function givenApprover(id: string, by: Approver): Approver {
  const { principal, role, comment }: Partial<Record<keyof Approver, unknown>> = by ?? {};
  const named = typeof principal === "string" && principal !== "" && principal.length <= 128;
  if (named && typeof role === "string" && (comment === undefined || typeof comment === "string")) return by;
  const details = {
    approval: String(id).slice(0, 64),
    expected: "approver",
    actual: String(role).slice(0, 64),
  } as const;
  throw new ApprovalRoleError("expected who answers: a principal of 1 to 128 characters, its role, and text", {
    details,
  });
}
