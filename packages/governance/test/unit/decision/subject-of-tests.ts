// What the tests of decisions share: how a request and a declaration are made.
import type { ActionDeclaration, ActionRequest, Capabilities, Decision } from "@weftos/interface";
import {
  compilePolicy,
  ENVIRONMENTS,
  type Environment,
  type Facts,
  GENESIS_RULES,
  makePolicy,
  type RuleInput,
  ZERO_EFFECT,
} from "../../../src/index.ts";

export const genesis = makePolicy(GENESIS_RULES);

export const rights: Pick<Capabilities, "canSpawn" | "canIpc" | "canExecTools" | "canNetwork"> = {
  canSpawn: true,
  canIpc: true,
  canExecTools: true,
  canNetwork: false,
};

export const facts: Facts = {
  now: () => Date.UTC(2026, 0, 5, 12, 0),
  account: ({ kind, id }) => (kind === "kernel" ? undefined : `${kind}:${id}`),
  accumulated: () => ({}),
  process: (id) => (id === "7" ? { name: "assistant", capabilities: rights } : undefined),
};

export function declare(name: string, effect: Readonly<Record<string, number>> = {}): ActionDeclaration {
  return {
    name,
    description: name,
    effect: { ...ZERO_EFFECT, ...effect },
    audit: "logged",
    rights: [],
    role: "operator",
  };
}

export interface Asked {
  readonly action: string;
  readonly effect?: Readonly<Record<string, number>>;
  readonly attributes?: ActionRequest["attributes"];
  readonly resource?: string;
  readonly subject?: ActionRequest["subject"];
  readonly environment?: Environment;
  readonly rules?: readonly RuleInput[];
  readonly facts?: Facts;
}

export function ask(asked: Asked): Decision {
  const policy = asked.rules === undefined ? genesis : makePolicy(asked.rules);
  const engine = compilePolicy(policy, asked.environment ?? ENVIRONMENTS.development);
  return engine.decide(requestOf(asked), declare(asked.action, asked.effect), asked.facts ?? facts);
}

export function requestOf(asked: Pick<Asked, "action" | "attributes" | "resource" | "subject">): ActionRequest {
  return {
    action: asked.action,
    subject: asked.subject ?? { kind: "process", id: "7" },
    resource: asked.resource ?? "something",
    attributes: asked.attributes ?? {},
  };
}

export function idsOf(decision: Decision): string[] {
  return decision.rules.map((rule) => rule.id);
}

export function rule(id: string, init: Partial<RuleInput> = {}): RuleInput {
  return {
    id,
    description: `the rule ${id}`,
    branch: "executive",
    severity: "blocking",
    condition: {},
    outcome: { kind: "deny" },
    ...init,
  };
}
