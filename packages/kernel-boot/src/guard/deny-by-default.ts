import type { Deny } from "@weftos/interface";

/** Makes a deny that no rule spoke. */
export function denyByDefault(reason: string): Deny {
  return { verdict: "deny", by: "default", reason, rules: [], policy: "", suspend: false };
}
