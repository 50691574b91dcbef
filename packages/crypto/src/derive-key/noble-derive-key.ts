// Key derivation without Node.
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type DeriveKey, deriveKeyWith } from "./derive-key.ts";

export const deriveKey: DeriveKey = deriveKeyWith((secret, salt, info, length) =>
  hkdf(sha256, secret, salt, info, length),
);
