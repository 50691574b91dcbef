// Sealing on node:crypto.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { type Gcm, type Open, openWith, type Seal, sealWith } from "./sealing.ts";

const TAG_BYTES = 16;

const gcm: Gcm = {
  encrypt(key, nonce, plaintext, associatedData) {
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  },
  decrypt(key, nonce, sealed, associatedData) {
    const split = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData);
    decipher.setAuthTag(sealed.subarray(split));
    return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(0, split)), decipher.final()]));
  },
};

export const seal: Seal = sealWith(gcm);
export const open: Open = openWith(gcm);
