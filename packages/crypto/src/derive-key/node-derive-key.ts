// Key derivation on node:crypto.
import { hkdfSync } from "node:crypto";
import { type DeriveKey, deriveKeyWith } from "./derive-key.ts";

export const deriveKey: DeriveKey = deriveKeyWith(
  (secret, salt, info, length) => new Uint8Array(hkdfSync("sha256", secret, salt, info, length)),
);
