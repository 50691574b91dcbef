import { compilePolicy, ENVIRONMENTS, type Facts, GENESIS_RULES, makePolicy } from "@weftos/governance";
import type { ActionDeclaration, Gate } from "@weftos/interface";
import { capabilityGate, compositeGate } from "@weftos/kernel-boot";
import { gateContract } from "@weftos/testkit/contract";

const declare = (name: string): ActionDeclaration => ({
  name,
  description: name,
  effect: { risk: 0, fairness: 0, privacy: 0, novelty: 0, security: 0 },
  audit: "logged",
  rights: [],
  role: "operator",
});
const asked = (action: string, id = "7") => ({
  request: { action, subject: { kind: "process", id } as const, resource: "contract:1", attributes: {} },
  declaration: declare(action),
});
const capabilities = { canSpawn: true, canIpc: true, canExecTools: true, canNetwork: true };
const facts: Facts = {
  now: () => 0,
  account: () => undefined,
  accumulated: () => ({}),
  process: () => ({ name: "assistant", capabilities }),
};
const rights = capabilityGate({ check: ({ subject }) => (subject.id === "7" ? undefined : "no such right") });
const engine = compilePolicy(makePolicy(GENESIS_RULES), ENVIRONMENTS.staging);
const rules: Gate = {
  name: "rules",
  version: 1,
  decide: (request, declared) => engine.decide(request, declared, facts),
};

for (const [name, gates] of [
  ["capabilities, then rules, as one gate", [rights, rules]],
  ["rules, then capabilities, as one gate", [rules, rights]],
] as const) {
  gateContract(name, {
    create: async () => ({
      gate: compositeGate(gates, { error: () => undefined }),
      questions: { permit: asked("ipc.send"), defer: asked("net.post"), deny: asked("ipc.send", "8") },
      dispose: async () => undefined,
    }),
  });
}
