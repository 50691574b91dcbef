// A log in memory whose disk the test decides about: what waits becomes durable, or is lost as a whole.
import { decodeCanonical, encodeCanonical } from "@weftos/crypto";
import { type AuditEvent, type AuditReceipt, type JsonObject, WeftError } from "@weftos/interface";
import type { StoredEvent } from "../../src/reader/stored-event.ts";

class NotWritableError extends WeftError {
  override readonly code = "CHAIN_NOT_WRITABLE";
}

export class RecordedLog {
  readonly durable: StoredEvent[] = [];
  /** Appends throw while it is false. */
  writable = true;
  #waiting: { event: StoredEvent; resolve: () => void; reject: (error: Error) => void }[] = [];

  get size(): number {
    return this.durable.length + this.#waiting.length;
  }

  readonly write = ({ source, kind, payload }: AuditEvent): AuditReceipt => {
    if (!this.writable) throw new NotWritableError("no space", { details: {} });
    const sequence = this.size;
    const event: StoredEvent = {
      sequence,
      hash: String(sequence).padStart(64, "0"),
      previous: "",
      time: sequence,
      source,
      kind,
      actor: { node: "", principal: undefined, pid: undefined, agent: undefined },
      trace: undefined,
      idempotencyKey: undefined,
      payload: decodeCanonical(encodeCanonical(payload)) as JsonObject,
      redacted: false,
    };
    let resolve = (): void => undefined;
    let reject: (error: Error) => void = () => undefined;
    const durable = new Promise<void>((done, failed) => {
      resolve = done;
      reject = failed;
    });
    durable.catch(() => undefined);
    this.#waiting.push({ event, resolve, reject });
    return { sequence, hash: new Uint8Array(32), durable };
  };

  /** Brings what waits to the disk. */
  async flush(): Promise<void> {
    for (const { event, resolve } of this.#waiting) {
      this.durable.push(event);
      resolve();
    }
    this.#waiting = [];
    await Promise.resolve();
  }

  /** Loses what waits. */
  async fail(): Promise<void> {
    for (const { reject } of this.#waiting) reject(new NotWritableError("no space", { details: {} }));
    this.#waiting = [];
    await Promise.resolve();
  }
}
