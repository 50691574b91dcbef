/**
 * Links and monitors, as in Erlang/OTP. A link binds two processes: when one ends for any reason but a normal one, so does the
 * other, or it is told when it traps exits. A monitor only tells its watcher. Both end with the process; a restarted agent is a
 * new process, to which nobody is linked yet.
 */
import {
  type EndNotice,
  type ExitReason,
  KERNEL_PID,
  type MonitorRef,
  type NoticeReason,
  type Pid,
} from "@weftos/interface";
import { ProcessLinksFullError, ProcessNotFoundError } from "../process-errors.ts";

/** Most links, and most monitors, of one process. */
const MAX_EACH = 1024;

/** What links ask of their kernel. */
export interface LinksHost {
  /** Why a process ended; undefined while it lives, or when nothing is known of it. */
  reasonOf(pid: Pid): ExitReason | undefined;
  lives(pid: Pid): boolean;
  traps(pid: Pid): boolean;
  tell(pid: Pid, notice: EndNotice): void;
  end(pid: Pid, reason: ExitReason): void;
}

interface Monitor {
  readonly ref: MonitorRef;
  readonly watcher: Pid;
  readonly target: Pid;
}

export class Links {
  readonly #host: LinksHost;
  readonly #links = new Map<Pid, Set<Pid>>();
  readonly #monitors = new Map<MonitorRef, Monitor>();
  readonly #byTarget = new Map<Pid, Set<MonitorRef>>();
  readonly #byWatcher = new Map<Pid, Set<MonitorRef>>();
  #refs = 0;

  constructor(host: LinksHost) {
    this.#host = host;
  }

  /** Links and monitors that stand. */
  get size(): number {
    return this.#links.size + this.#monitors.size;
  }

  /**
   * Links two processes; a second link changes nothing, one with itself or the kernel binds nobody.
   *
   * @throws PROCESS_NOT_FOUND when one has ended, PROCESS_LINKS_FULL
   */
  link(one: Pid, other: Pid): void {
    for (const pid of [one, other]) this.#assertLives(pid);
    if (one === other || one === KERNEL_PID || other === KERNEL_PID || this.linked(one, other)) return;
    assertRoom(this.#links.get(one), one);
    assertRoom(this.#links.get(other), other);
    add(this.#links, one, other);
    add(this.#links, other, one);
  }

  unlink(one: Pid, other: Pid): void {
    remove(this.#links, one, other);
    remove(this.#links, other, one);
  }

  linked(one: Pid, other: Pid): boolean {
    return this.#links.get(one)?.has(other) === true;
  }

  /**
   * Has a process told of the end of another, once; at once when it has ended.
   *
   * @throws PROCESS_NOT_FOUND when the watcher has ended, PROCESS_LINKS_FULL
   */
  monitor(watcher: Pid, target: Pid): MonitorRef {
    this.#assertLives(watcher);
    assertRoom(this.#byWatcher.get(watcher), watcher);
    this.#refs += 1;
    const ref: MonitorRef = `mon-${this.#refs}`;
    if (!this.#host.lives(target)) {
      this.#down({ ref, watcher, target }, this.#host.reasonOf(target) ?? { kind: "unknown" });
      return ref;
    }
    this.#monitors.set(ref, { ref, watcher, target });
    add(this.#byTarget, target, ref);
    add(this.#byWatcher, watcher, ref);
    return ref;
  }

  /** Ends a monitor, only that of `watcher` when one is named. @returns whether it stood */
  demonitor(ref: MonitorRef, watcher?: Pid): boolean {
    const monitor = this.#monitors.get(ref);
    if (monitor === undefined || (watcher !== undefined && monitor.watcher !== watcher)) return false;
    this.#drop(monitor);
    return true;
  }

  /** A process ended: those linked to it end or are told, its watchers are told. */
  exited(pid: Pid, reason: ExitReason): void {
    const linked = this.#links.get(pid);
    if (linked !== undefined) {
      this.#links.delete(pid);
      for (const other of linked) {
        remove(this.#links, other, pid);
        if (this.#host.traps(other)) this.#host.tell(other, { signal: "exit", pid, reason });
        else if (reason.kind !== "normal") this.#host.end(other, { kind: "linked", pid });
      }
    }
    for (const ref of [...(this.#byTarget.get(pid) ?? [])]) {
      const monitor = this.#monitors.get(ref);
      if (monitor === undefined) continue;
      this.#drop(monitor);
      this.#down(monitor, reason);
    }
    for (const ref of [...(this.#byWatcher.get(pid) ?? [])]) this.demonitor(ref);
  }

  #down({ ref, watcher, target }: Monitor, reason: NoticeReason): void {
    this.#host.tell(watcher, { signal: "down", ref, pid: target, reason });
  }

  #drop({ ref, watcher, target }: Monitor): void {
    this.#monitors.delete(ref);
    remove(this.#byTarget, target, ref);
    remove(this.#byWatcher, watcher, ref);
  }

  #assertLives(pid: Pid): void {
    if (this.#host.lives(pid)) return;
    throw new ProcessNotFoundError(`process ${pid} does not live`, { details: { pid } });
  }
}

function add<Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

function remove<Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const values = map.get(key);
  values?.delete(value);
  if (values?.size === 0) map.delete(key);
}

function assertRoom(held: ReadonlySet<unknown> | undefined, pid: Pid): void {
  if (held === undefined || held.size < MAX_EACH) return;
  throw new ProcessLinksFullError(`process ${pid} has ${MAX_EACH} links or monitors, which is the limit`, {
    details: { pid, limit: MAX_EACH },
  });
}
