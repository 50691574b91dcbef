// A feature: one action that changes something, its event on the chain, one method, one API.
import type { ActionDeclaration, Feature } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";

/** What `kernel.lamp` offers. */
export interface Lamp {
  readonly on: boolean;
  /** Switches the lamp. @throws what the guard refuses with */
  switch(on: boolean): Promise<void>;
}

const lampSwitch: ActionDeclaration = {
  name: "lamp.switch",
  description: "Switch the lamp on or off",
  effect: { risk: 0.1, fairness: 0, privacy: 0, novelty: 0, security: 0 },
  audit: "logged",
  rights: ["operator"],
  role: "operator",
};

export function lamp(): Feature<"lamp", Lamp> {
  return {
    name: "lamp",
    package: "lamp-example",
    provides: [],
    needs: [],
    uses: [],
    actions: [lampSwitch],
    events: [
      { kind: "lamp.switch", description: "The lamp was switched", payload: { result: "`on`: whether it burns now" } },
    ],
    create(context) {
      let on = false;
      const turn = async (next: boolean, subject: { kind: "kernel" | "principal"; id: string }): Promise<void> => {
        const call = {
          action: "lamp.switch",
          subject,
          resource: "lamp",
          attributes: { on: next },
          summary: () => ({ on }),
        };
        await context.guard.perform(call, () => {
          on = next;
        });
      };
      const api: Lamp = {
        get on() {
          return on;
        },
        switch: (next) => turn(next, { kind: "kernel", id: "0" }),
      };
      const method = defineMethod({
        name: "lamp.switch",
        description: "Switches the lamp",
        role: "operator",
        mutates: true,
        input: z.strictObject({ on: z.boolean() }),
        async run(input, caller) {
          await turn(input.on, { ...caller.subject, kind: "principal" });
          return { on };
        },
      });
      return { api, provisions: [], methods: [method] };
    },
  };
}
