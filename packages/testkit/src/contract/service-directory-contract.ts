/** What every `ServiceDirectory` keeps to. */
import { type ServiceDirectory, type ServiceEndpoint, toPid } from "@weftos/interface";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A directory under test, empty. */
export interface ServiceDirectoryCase {
  readonly services: ServiceDirectory;
  dispose(): Promise<void>;
}

const at = (pid: number): ServiceEndpoint => ({ kind: "process", pid: toPid(pid) });

/** Declares the suite for one implementation of `ServiceDirectory`. */
export function serviceDirectoryContract(
  name: string,
  implementation: { create(): Promise<ServiceDirectoryCase> },
): void {
  describe(`${name} keeps the contract of ServiceDirectory`, () => {
    let subject: ServiceDirectoryCase;
    let services: ServiceDirectory;
    beforeEach(async () => {
      subject = await implementation.create();
      services = subject.services;
    });
    afterEach(() => subject.dispose());

    it("resolves a process, a URL and a container by name, and lists them sorted", () => {
      services.register("web", { kind: "external", url: "https://example.com/api" });
      services.register("bank.eu", at(7), { owner: toPid(7) });
      services.register("box", { kind: "container", container: "box-1" });
      expect(services.resolve("bank.eu")).toMatchObject({
        name: "bank.eu",
        endpoint: { kind: "process", pid: 7 },
        owner: 7,
      });
      expect(services.resolve("web")).toMatchObject({ endpoint: { url: "https://example.com/api" }, owner: undefined });
      expect(services.resolve("none")).toBeUndefined();
      expect(services.list().map((entry) => entry.name)).toEqual(["bank.eu", "box", "web"]);
    });

    it("keeps a name for who has it, until it is unregistered", () => {
      const entry = services.register("bank", at(1));
      expect(() => services.register("bank", at(2))).toThrow(
        expect.objectContaining({ code: "KERNEL_SERVICE_EXISTS" }),
      );
      expect(services.unregister(entry)).toBe(true);
      expect(services.unregister(entry)).toBe(false);
      const next = services.register("bank", at(2));
      expect(services.unregister(entry)).toBe(false);
      expect(services.resolve("bank")).toBe(next);
    });

    it("removes all that a process owns when it has ended, and nothing else", () => {
      services.register("a", at(1), { owner: toPid(1) });
      services.register("b", at(1), { owner: toPid(1) });
      services.register("c", at(2), { owner: toPid(2) });
      expect([services.unregisterOwner(toPid(1)), services.unregisterOwner(toPid(1))]).toEqual([2, 0]);
      expect(services.list().map((entry) => entry.name)).toEqual(["c"]);
    });

    it("hands what a process owns over to its next start", () => {
      services.register("a", at(1), { owner: toPid(1) });
      services.register("far", { kind: "external", url: "https://example.com" }, { owner: toPid(1) });
      expect(services.moveOwner(toPid(1), toPid(9))).toBe(2);
      expect(services.resolve("a")).toMatchObject({ endpoint: { pid: 9 }, owner: 9 });
      expect(services.resolve("far")).toMatchObject({ endpoint: { kind: "external" }, owner: 9 });
      expect([services.unregisterOwner(toPid(1)), services.unregisterOwner(toPid(9))]).toEqual([0, 2]);
    });

    it("does not move a service when the object it was registered with changes", () => {
      const endpoint = { kind: "process", pid: toPid(1) } as { kind: "process"; pid: ReturnType<typeof toPid> };
      services.register("a", endpoint);
      endpoint.pid = toPid(2);
      expect(services.resolve("a")).toMatchObject({ endpoint: { pid: 1 } });
    });

    it.each([
      ["", at(1)],
      ["a b", at(1)],
      ["a..b", at(1)],
      ["x".repeat(129), at(1)],
      ["ok", { kind: "process", pid: 0 }],
      ["ok", { kind: "process", pid: "1" }],
      ["ok", { kind: "external", url: "no url" }],
      ["ok", { kind: "container", container: "" }],
      ["ok", { kind: "other" }],
      ["ok", null],
    ])("refuses what is no name or no place: %j %j", (service, endpoint) => {
      expect(() => services.register(service, endpoint as ServiceEndpoint)).toThrow(
        expect.objectContaining({ code: "KERNEL_SERVICE_INVALID" }),
      );
    });
  });
}
