import { gateContract } from "@weftos/testkit/contract";
import { ZERO_EFFECT } from "../../src/index.ts";
import { startDouble } from "../kernel-double.ts";

const declare = (name: string) =>
  ({ name, description: name, effect: ZERO_EFFECT, audit: "logged", rights: [], role: "operator" }) as const;
const request = (action: string, attributes: Readonly<Record<string, string | boolean>> = {}) => ({
  action,
  subject: { kind: "process", id: "7" } as const,
  resource: "contract:1",
  attributes,
});

for (const environment of ["development", "staging", "production"]) {
  gateContract(`governance in ${environment}`, {
    async create() {
      const kernel = await startDouble({ environment });
      return {
        gate: kernel.gate,
        questions: {
          permit: { request: request("ipc.send"), declaration: declare("ipc.send") },
          defer: { request: request("net.post"), declaration: declare("net.post") },
          deny: { request: request("fs.remove", { kind: "folder", own: false }), declaration: declare("fs.remove") },
        },
        dispose: () => kernel.stop(),
      };
    },
  });
}
