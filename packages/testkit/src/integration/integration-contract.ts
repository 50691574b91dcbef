/**
 * What every feature owes a kernel: it has its node in the resource tree; each of its methods that changes something passes
 * the gate, leaves a record, has a command and is described. A feature with a method that the case does not name fails the suite.
 */
import {
  type ActionRequest,
  type Decision,
  type Feature,
  type Gate,
  gates,
  type JsonObject,
  type Method,
  type MethodCaller,
  type Role,
} from "@weftos/interface";
import { describe, expect, it } from "vitest";
import type { Kernel } from "weftos";
import { testKernel } from "../kernel/test-kernel.ts";

/** How the methods of a feature are tried. */
export interface IntegrationCase {
  /** Makes the feature, anew for each kernel. */
  readonly feature: () => Feature;
  /** More features that it needs beside the defaults. */
  readonly features?: () => readonly Feature[];
  /** Changing method → prepares a kernel, and gives the parameters of a call that then succeeds. */
  readonly methods: Readonly<Record<string, (kernel: Kernel) => JsonObject | Promise<JsonObject>>>;
  /** Methods that a command of the command line calls. */
  readonly commands: readonly string[];
  /** Changing method without a command → why. */
  readonly withoutCommand?: Readonly<Record<string, string>>;
  /** Text of the page that describes the feature's actions. */
  readonly page: string;
}

const principal = "contract-tester";

/** Declares the suite for one feature. */
export function integrationContract(name: string, subject: IntegrationCase): void {
  const boot = async (gate?: Gate): Promise<{ kernel: Kernel; changing: readonly Method[] }> => {
    let methods: readonly Method[] = [];
    const feature = subject.feature();
    const watched: Feature = {
      ...feature,
      create(context) {
        const instance = feature.create(context);
        methods = instance.methods;
        return instance;
      },
    };
    const more = [...(subject.features?.() ?? []), ...(gate === undefined ? [] : [gateFeature(gate)])];
    const { kernel } = await testKernel({ features: [watched, ...more] });
    // The watched feature stands in for the default of its name, with the same API.
    return { kernel: kernel as unknown as Kernel, changing: methods.filter((method) => method.mutates) };
  };

  describe(`${name} is part of its kernel`, () => {
    it("has a case for every method that changes something, and no other", async () => {
      const { kernel, changing } = await boot();
      expect(Object.keys(subject.methods).sort()).toEqual(changing.map((method) => method.name).sort());
      await kernel.shutdown();
    });

    it("has its node in the resource tree", async () => {
      const { kernel } = await boot();
      const path = `/kernel/services/${subject.feature().name}`;
      expect(kernel.exochain.tree.find(path)).toMatchObject({ kind: "service" });
      await kernel.shutdown();
    });

    it("describes every action and every kind of event", () => {
      const { actions, events } = subject.feature();
      const names = [...actions.map((action) => action.name), ...events.map((event) => event.kind)];
      expect(names.filter((each) => !subject.page.includes(`\`${each}\``))).toEqual([]);
    });

    for (const [method, prepare] of Object.entries(subject.methods)) {
      it(`${method} is refused where the gate refuses, and nothing else is asked`, async () => {
        const asked: ActionRequest[] = [];
        const { kernel } = await boot(refusing(asked));
        const params = await prepare(kernel);
        await expect(kernel.methods.call(method, params, caller("admin"))).rejects.toMatchObject({
          code: "GOVERNANCE_DENIED",
        });
        expect(asked).toHaveLength(1);
        await kernel.shutdown();
      });

      it(`${method} leaves a record in the name of who called it`, async () => {
        const { kernel } = await boot();
        const params = await prepare(kernel);
        await kernel.exochain.flush();
        const before = kernel.exochain.status();
        await kernel.methods.call(method, params, caller("admin"));
        await kernel.exochain.flush();
        let recorded = false;
        for await (const event of kernel.exochain.range(before.events, kernel.exochain.status().events)) {
          recorded ||= event.actor.principal === principal;
        }
        expect(recorded).toBe(true);
        expect(await kernel.exochain.verify()).toMatchObject({ valid: true });
        expect(await kernel.exochain.tree.verify()).toMatchObject({ valid: true });
        await kernel.shutdown();
      });

      it(`${method} is not for everybody`, async () => {
        const { kernel } = await boot();
        const params = await prepare(kernel);
        await expect(kernel.methods.call(method, params, caller("viewer"))).rejects.toMatchObject({
          code: "API_FORBIDDEN",
        });
        await kernel.shutdown();
      });

      it(`${method} refuses parameters that it does not know`, async () => {
        const { kernel } = await boot();
        const params = { ...(await prepare(kernel)), unheardOf: true };
        await expect(kernel.methods.call(method, params, caller("admin"))).rejects.toMatchObject({
          code: "API_INVALID_PARAMS",
        });
        await kernel.shutdown();
      });

      it(`${method} has a command, or a reason for none`, () => {
        const reason = subject.withoutCommand?.[method] ?? "";
        expect(subject.commands.includes(method) || reason.length > 10).toBe(true);
      });
    }
  });
}

function caller(role: Role): MethodCaller {
  return { subject: { kind: "principal", id: principal, role }, role, signal: new AbortController().signal };
}

/** A gate that denies what the tester asks and leaves everything else to the others. */
function refusing(asked: ActionRequest[]): Gate {
  const base = { rules: [], policy: "", reason: "the contract refuses" } as const;
  return {
    name: "contract",
    version: 1,
    decide(request): Decision {
      if (request.subject.id !== principal) return { ...base, verdict: "permit", warnings: [], cacheable: false };
      asked.push(request);
      return { ...base, verdict: "deny", by: "rule", suspend: false };
    },
  };
}

function gateFeature(gate: Gate): Feature {
  return {
    name: "contractGate",
    package: "@weftos/testkit",
    provides: [gates],
    needs: [],
    uses: [],
    actions: [],
    events: [],
    create: (context) => ({ api: {}, provisions: [context.provide(gates, gate)], methods: [] }),
  };
}
