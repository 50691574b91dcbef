import { describe, expect, it } from "vitest";
import { AGENCY_ROLES, agencyPolicy } from "../../../src/agency/agency-roles.ts";
import { createDouble } from "../../kernel-double.ts";

describe("the places of agents", () => {
  it("let a root start all but roots, a supervisor services and workers, a service workers, and no worker anybody", () => {
    const { terms } = agencyPolicy({});
    expect(terms("root")).toEqual({
      ceiling: {},
      maxChildren: undefined,
      maySpawn: ["supervisor", "service", "worker", "user"],
    });
    expect(terms("supervisor")?.maySpawn).toEqual(["service", "worker"]);
    expect(terms("service")?.maySpawn).toEqual(["worker"]);
    for (const role of ["worker", "user"])
      expect(terms(role)).toMatchObject({ maxChildren: 0, maySpawn: [], ceiling: { canSpawn: false } });
  });

  it("keep all but a root from the network, and know no role that nobody named", () => {
    const { terms } = agencyPolicy({});
    const bound = ["supervisor", "service", "worker", "user"].map((role) => terms(role)?.ceiling.canNetwork);
    expect(bound).toEqual([false, false, false, false]);
    for (const role of ["admin", "", "Root", "constructor", "__proto__"]) expect(terms(role)).toBeUndefined();
  });

  it("take other terms and roles of their own from the configuration", () => {
    const { terms } = agencyPolicy({
      supervisor: { maxChildren: 2 },
      root: { maxChildren: 3, ceiling: { canNetwork: false } },
      scout: { maySpawn: ["worker"], maxChildren: "unlimited", ceiling: { tools: { allow: ["fs.*"] } } },
    });
    expect(terms("supervisor")).toEqual({ ...AGENCY_ROLES.supervisor, maxChildren: 2 });
    expect(terms("root")).toMatchObject({ maxChildren: 3, ceiling: { canNetwork: false } });
    expect(terms("scout")).toEqual({
      ceiling: { tools: { allow: ["fs.*"] } },
      maxChildren: undefined,
      maySpawn: ["worker"],
    });
  });

  it("are refused where the configuration says what nothing reads", () => {
    for (const agency of [{ Boss: {} }, { worker: { children: 3 } }, { worker: { ceiling: { canFly: true } } }])
      expect(() => createDouble({ config: { agency } })).toThrow(/agency/);
  });
});
