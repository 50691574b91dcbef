/** The browser: clock and randomness from its globals, files in memory only (they are gone with the page). */
import type { Platform } from "@weftos/interface";
import { lonelyHost, memoryPlatform } from "../memory/memory-platform.ts";

/** Makes the platform for a page or a web worker. */
export function browserPlatform(): Platform {
  return { ...memoryPlatform({ host: lonelyHost(pageHost() ?? "browser") }), name: "browser" };
}

function pageHost(): string | undefined {
  const page: object = globalThis;
  const location: unknown = "location" in page ? page.location : undefined;
  if (typeof location !== "object" || location === null || !("hostname" in location)) return undefined;
  return typeof location.hostname === "string" && location.hostname !== "" ? location.hostname : undefined;
}
