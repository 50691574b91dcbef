/**
 * A message as it lies in mailboxes, shared by all who get it. Fields that few messages have lie in an object of their own, so that
 * a waiting message takes little room.
 */
import type {
  HeldRecord,
  Message,
  MessageTarget,
  NodeId,
  Payload,
  PayloadKind,
  Pid,
  RecordHolder,
  SendResult,
  WeftErrorJson,
} from "@weftos/interface";
import type { MessageIds } from "./message-ids.ts";

/** What few messages have. */
export interface RareFields {
  readonly segmentType?: number | undefined;
  readonly error?: WeftErrorJson | undefined;
  readonly attempt?: number | undefined;
  readonly position?: number | undefined;
  /** The id, where it was given by another boot or node. */
  readonly id?: string | undefined;
  /** The node that it came from. */
  readonly node?: NodeId | undefined;
  /** What it was sent on from: hops so far. */
  readonly hops?: number | undefined;
  /** Called when it was taken out of a mailbox. */
  readonly taken?: (() => void) | undefined;
  /** Tells, when it is taken, that it was dealt with otherwise: its taker gets the next one. */
  readonly stale?: (() => boolean) | undefined;
  /** Called when its mailbox let it go untaken, to make room. */
  readonly dropped?: (() => void) | undefined;
  /** Name of the durable subscription that it came over. */
  readonly durable?: string | undefined;
}

/** What every message has. */
export interface EnvelopeInit {
  readonly number: number;
  readonly from: Pid;
  readonly target: MessageTarget;
  readonly kind: PayloadKind;
  readonly payload: Payload;
  readonly bytes: number;
  readonly sentAt: number;
  readonly deadline: number | undefined;
  readonly trace: string | undefined;
  /** Number of the request that it answers. */
  readonly answers?: number | undefined;
  readonly rare: RareFields | undefined;
}

const usual: RareFields = Object.freeze({});

export class Envelope implements Message, RecordHolder {
  readonly #ids: MessageIds;
  /** Place in the order of this boot. */
  readonly number: number;
  readonly from: Pid;
  readonly target: MessageTarget;
  readonly kind: PayloadKind;
  readonly payload: Payload;
  readonly bytes: number;
  readonly sentAt: number;
  readonly deadline: number | undefined;
  readonly trace: string | undefined;
  readonly #answers: number | undefined;
  readonly rare: RareFields;
  /** Whether somebody took it out of a mailbox. */
  received = false;
  /** Mailboxes that hold it. */
  holders = 0;
  #record: HeldRecord | undefined = undefined;

  constructor(ids: MessageIds, init: EnvelopeInit) {
    this.#ids = ids;
    this.number = init.number;
    this.from = init.from;
    this.target = init.target;
    this.kind = init.kind;
    this.payload = init.payload;
    this.bytes = init.bytes;
    this.sentAt = init.sentAt;
    this.deadline = init.deadline;
    this.trace = init.trace;
    this.#answers = init.answers;
    this.rare = init.rare ?? usual;
  }

  /** Keeps its record until it is known how far it came. */
  holdRecord(record: HeldRecord): void {
    this.#record = record;
  }

  /** Ends it: `answered`, or as far as it came. The one record of the message says so. @param time - when, milliseconds UTC */
  settle(answered: boolean, time?: number): void {
    const record = this.#record;
    this.#record = undefined;
    try {
      if (answered) record?.write("ipc.ack", "ok", time);
      else record?.write(this.received ? "ipc.recv" : "ipc.send", "failed", time);
    } catch {
      // A log that cannot record tells so itself and refuses what comes next; this message has come and gone.
    }
  }

  get id(): string {
    return this.rare.id ?? this.#ids.format(this.number);
  }

  get correlationId(): string | undefined {
    return this.#answers === undefined ? undefined : this.#ids.format(this.#answers);
  }

  get node(): NodeId | undefined {
    return this.rare.node;
  }

  get error(): WeftErrorJson | undefined {
    return this.rare.error;
  }

  get hops(): number {
    return this.rare.hops ?? 0;
  }

  get segmentType(): number | undefined {
    return this.rare.segmentType;
  }

  get attempt(): number | undefined {
    return this.rare.attempt;
  }

  get position(): number | undefined {
    return this.rare.position;
  }

  /** All fields of a message, for JSON and for copies. */
  toJSON(): Message {
    const { id, from, target, kind, payload, sentAt, correlationId, deadline, trace } = this;
    const { error, hops, segmentType, attempt, position, node } = this;
    return {
      id,
      from,
      target,
      kind,
      payload,
      sentAt,
      correlationId,
      deadline,
      trace,
      error,
      hops,
      segmentType,
      attempt,
      position,
      ...(node === undefined ? {} : { node }),
    };
  }
}

/** What a sender is told; the id is written when it is read. */
export class Receipt implements SendResult {
  readonly #ids: MessageIds;
  readonly #number: number;
  readonly status: "delivered" | "queued";

  constructor(ids: MessageIds, number: number, status: "delivered" | "queued") {
    this.#ids = ids;
    this.#number = number;
    this.status = status;
  }

  get id(): string {
    return this.#ids.format(this.#number);
  }

  toJSON(): SendResult {
    return { status: this.status, id: this.id };
  }
}
