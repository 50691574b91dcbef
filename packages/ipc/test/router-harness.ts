/** A router with a guard, processes and services that a test moves. */
import {
  type DigestCall,
  type Guard,
  type GuardedCall,
  type MessageTarget,
  type Payload,
  type PayloadKind,
  type Pid,
  type ProcessState,
  type RemoteTransport,
  type ServiceEndpoint,
  toPid,
  WeftError,
} from "@weftos/interface";
import { type ManualClock, manualClock, seededRandom } from "@weftos/testkit";
import type { DeadLetter } from "../src/dead-letter/dead-letter.ts";
import { DeadLetters } from "../src/dead-letter/dead-letters.ts";
import { Envelope, type RareFields } from "../src/message/envelope.ts";
import { MessageIds } from "../src/message/message-ids.ts";
import { Router } from "../src/routing/router.ts";
import { TraceLog } from "../src/routing/trace-log.ts";
import { Subscriptions } from "../src/topic/subscriptions.ts";

export class RefusedError extends WeftError {
  override readonly code = "TEST_REFUSED";
}

export const a: Pid = toPid(1);
export const b: Pid = toPid(2);
export const c: Pid = toPid(3);
/** W3C's own example. */
export const trace = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

/** A guard that keeps what it was asked and refuses what the test says. */
export function recordingGuard() {
  const calls: (DigestCall | GuardedCall<unknown>)[] = [];
  const guard = {
    calls,
    /** The digest records of what ran. */
    records: [] as string[],
    refuses: (_call: DigestCall | GuardedCall<unknown>): boolean => false,
    async perform<T>(call: GuardedCall<T>, run: (grant: never) => T | Promise<T>): Promise<T> {
      calls.push(call as GuardedCall<unknown>);
      if (guard.refuses(call as GuardedCall<unknown>)) throw new RefusedError("refused", { details: {} });
      return await run(undefined as never);
    },
    forget: () => undefined,
    performSync<T>(call: DigestCall, run: () => T): T {
      calls.push(call);
      if (guard.refuses(call)) throw new RefusedError("refused", { details: {} });
      const output = run();
      if (call.settles === undefined) guard.records.push(`${call.action} ok`);
      else call.settles.holdRecord({ write: (action, outcome) => guard.records.push(`${action} ${outcome}`) });
      return output;
    },
    counts: () => ({ permit: 0, defer: 0, deny: 0 }),
  } satisfies Guard & Record<string, unknown>;
  return guard;
}

/** Makes a router; `a` and `b` run, `c` is suspended. */
export function setUp(clock: ManualClock = manualClock({ now: 1000 })) {
  const guard = recordingGuard();
  const deadLetters = new DeadLetters();
  const buried: DeadLetter[] = [];
  const states = new Map<Pid, ProcessState>([
    [a, "running"],
    [b, "running"],
    [c, "suspended"],
  ]);
  const services = new Map<string, ServiceEndpoint>();
  const transports: RemoteTransport[] = [];
  const traces = new TraceLog();
  const topics = new Subscriptions();
  const router = new Router({
    clock,
    guard,
    signal: new AbortController().signal,
    rights: () => ({ check: (request) => (guard.refuses(request as GuardedCall<unknown>) ? "refused" : undefined) }),
    processes: () => ({ state: (pid) => states.get(pid) }),
    services: () => ({
      resolve: (name) => {
        const endpoint = services.get(name);
        return endpoint === undefined ? undefined : { name, endpoint, owner: undefined, registeredAt: 0 };
      },
      unregisterOwner: () => 0,
      moveOwner: () => 0,
    }),
    remote: () => transports[0],
    ids: new MessageIds(seededRandom(1)),
    topics,
    deadLetters,
    traces,
    onDeadLetter: (letter) => buried.push(letter),
  });
  return { clock, guard, deadLetters, buried, states, services, transports, traces, topics, router };
}

const ids = new MessageIds(seededRandom(2));

/** Makes a message by hand. */
export function envelope(
  payload: Payload,
  init: {
    readonly kind?: PayloadKind;
    readonly from?: Pid;
    readonly target?: MessageTarget;
    readonly rare?: RareFields;
    readonly bytes?: number;
  } = {},
): Envelope {
  const { kind = "json", from = a, target = { kind: "process", pid: b }, rare, bytes = 8 } = init;
  const number = ids.next();
  return new Envelope(ids, {
    number,
    from,
    target,
    kind,
    payload,
    bytes,
    sentAt: 0,
    deadline: undefined,
    trace: undefined,
    rare,
  });
}
