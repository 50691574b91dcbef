import { expect, it } from "vitest";
import { shownEnvironment } from "../../src/shown-environment.ts";

it("shows names and no values, and differs when a value does", () => {
  const shown = shownEnvironment({ TOKEN: "hidden", A: "1" });
  expect(shown.names).toEqual(["A", "TOKEN"]);
  expect(JSON.stringify(shown)).not.toContain("hidden");
  expect(shownEnvironment({ A: "1", TOKEN: "hidden" })).toEqual(shown);
  expect(shownEnvironment({ A: "1", TOKEN: "other" }).digest).not.toBe(shown.digest);
});
