// Sealing without Node. WebCrypto has AES-GCM, but only asynchronously.
import { gcm as nobleGcm } from "@noble/ciphers/aes.js";
import { type Gcm, type Open, openWith, type Seal, sealWith } from "./sealing.ts";

const gcm: Gcm = {
  encrypt: (key, nonce, plaintext, associatedData) => nobleGcm(key, nonce, associatedData).encrypt(plaintext),
  decrypt: (key, nonce, sealed, associatedData) => nobleGcm(key, nonce, associatedData).decrypt(sealed),
};

export const seal: Seal = sealWith(gcm);
export const open: Open = openWith(gcm);
