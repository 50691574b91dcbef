/** The methods of governance in the one method table. */
import type { Approval, Method, MethodCaller } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import { ApprovalNotFoundError } from "../approval/approval-errors.ts";
import { type AnswerDeps, answerApproval } from "./answer-approval.ts";
import type { Governance } from "./governance-api.ts";

const id = z.string().check(z.minLength(1), z.maxLength(64));
const states = z.enum(["pending", "approved", "denied", "expired", "used"]);

/** Makes the methods. */
export function governanceMethods(api: Governance, deps: AnswerDeps): readonly Method[] {
  return [
    defineMethod({
      name: "approvals.list",
      description: "Lists questions to people, oldest first, without what is shown to the approver",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ state: z.optional(states) }),
      run: ({ state }) => ({ approvals: api.approvals.list({ state }).map(summaryOf) }),
    }),
    defineMethod({
      name: "approvals.show",
      description: "Shows one question exactly as its approver must see it",
      role: "approver",
      mutates: false,
      input: z.strictObject({ id }),
      run: (input) => {
        const approval = api.approvals.find(input.id);
        if (approval !== undefined) return approval;
        throw new ApprovalNotFoundError(`there is no approval ${JSON.stringify(input.id)}`, {
          details: { approval: input.id },
        });
      },
    }),
    answerMethod("approve", "Approves a question, and tells what happens next", deps),
    answerMethod("deny", "Denies a question", deps),
    defineMethod({
      name: "governance.rules",
      description: "Lists the rules in force, with the policy's digest and the environment",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ policy: api.policy ?? null, environment: api.environment, rules: api.rules() }),
    }),
    defineMethod({
      name: "governance.check",
      description: "Tells what the rules would say to an action, without running or recording anything",
      role: "viewer",
      mutates: false,
      input: z.strictObject({
        action: z.string().check(z.minLength(1), z.maxLength(128)),
        subject: z.optional(
          z.strictObject({
            kind: z.enum(["kernel", "process", "principal", "node"]),
            id: z.string().check(z.maxLength(128)),
            role: z.optional(z.enum(["viewer", "operator", "approver", "admin"])),
          }),
        ),
        resource: z._default(z.string().check(z.maxLength(1024)), ""),
        attributes: z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
      }),
      run: (input, caller) =>
        api.check({ ...input, subject: input.subject ?? { ...caller.subject, role: caller.role } }),
    }),
  ];
}

function answerMethod(verdict: "approve" | "deny", description: string, deps: AnswerDeps): Method {
  return defineMethod({
    name: `approvals.${verdict}`,
    description,
    role: "approver",
    mutates: true,
    input: z.strictObject({ id, comment: z.optional(z.string().check(z.maxLength(2000))) }),
    async run(input, caller: MethodCaller) {
      const { role, signal } = caller;
      const subject = caller.subject.kind === "principal" ? { ...caller.subject, role } : caller.subject;
      const { approval, after } = await answerApproval(deps, input.id, {
        subject,
        role,
        verdict,
        comment: input.comment,
        signal,
      });
      return { approval: summaryOf(approval), ...after };
    },
  });
}

function summaryOf(approval: Approval): object {
  const { display: _display, request, ...rest } = approval;
  const { action, subject, resource } = request;
  return { ...rest, action, subject, resource };
}
