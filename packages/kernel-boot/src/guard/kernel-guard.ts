/**
 * The kernel's guard: `guarded` and `guardedSync` of the interface package, with the ports of this kernel. Ports start
 * closed and open when their provider has started.
 */
import {
  type ActionDeclaration,
  type ActionRequest,
  type Approvals,
  type AuditLog,
  approvals,
  auditLog,
  type CapabilityCheck,
  type Clock,
  capabilityCheck,
  type Decision,
  type DecisionCounts,
  type DigestCall,
  type Grant,
  type Guard,
  type GuardedCall,
  type GuardPorts,
  gates,
  guarded,
  guardedSync,
  type Logger,
  type Method,
  type MethodCaller,
  principals,
  processControl,
  recordRefusal,
  type Subject,
  toPid,
} from "@weftos/interface";
import { subjectOf } from "../action/subject-of.ts";
import type { PortCells } from "../graph/port-cells.ts";
import type { Catalogue } from "./catalogue.ts";
import { auditBeforeStart, closedApprovals, closedCapabilities } from "./closed-ports.ts";
import { tellAdmitted } from "./composite-gate.ts";
import { type Decide, decideBy } from "./decide.ts";
import { DecisionCache } from "./decision-cache.ts";
import { denyByDefault } from "./deny-by-default.ts";
import { FoldedRefusals } from "./folded-refusals.ts";
import { ToldWarnings } from "./told-warnings.ts";

interface GuardDeps {
  readonly catalogue: Catalogue;
  readonly cells: PortCells;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Used when no feature provides an audit log. */
  readonly fallbackAudit: AuditLog | undefined;
  /** The feature that will provide one. */
  readonly auditProvider: string;
}

interface OpenPorts extends GuardPorts {
  capabilities: CapabilityCheck;
  decide: Decide;
  audit: AuditLog;
  approvals: Approvals;
}

export class KernelGuard implements Guard {
  readonly #deps: GuardDeps;
  readonly #ports: OpenPorts;
  readonly #refusals: FoldedRefusals;
  readonly #warnings: ToldWarnings;
  readonly #counts = { permit: 0, defer: 0, deny: 0 };
  /** Permits of the gates that are open now. */
  #decisions = new DecisionCache();
  /** Approvals that a caller waits for, and how many do. */
  readonly #awaited = new Map<string, number>();

  constructor(deps: GuardDeps) {
    this.#deps = deps;
    const counts = this.#counts;
    this.#refusals = new FoldedRefusals(() => this.#ports.audit, deps.clock, deps.logger);
    this.#warnings = new ToldWarnings({
      clock: deps.clock,
      logger: deps.logger,
      control: () => deps.cells.running(processControl),
    });
    this.#ports = {
      catalogue: deps.catalogue,
      capabilities: closedCapabilities,
      decide: () => denyByDefault("the gates have not started yet"),
      admitted: (request, declaration) => tellAdmitted(deps.cells.all(gates), request, declaration),
      audit: deps.fallbackAudit ?? auditBeforeStart(deps.auditProvider),
      approvals: closedApprovals,
      clock: deps.clock,
      warned: (request, warnings) => this.#warnings.tell(request, warnings),
      count: (verdict) => {
        counts[verdict]++;
      },
      recordRefusal: (event, key) => this.#refusals.record(event, key),
    };
  }

  /** Opens the ports whose providers run by now. */
  refresh(allStarted: boolean): void {
    const { cells, logger } = this.#deps;
    this.#ports.capabilities = cells.running(capabilityCheck) ?? closedCapabilities;
    this.#ports.approvals = cells.running(approvals) ?? closedApprovals;
    this.#ports.audit = cells.running(auditLog) ?? this.#ports.audit;
    const all = cells.all(gates);
    if (allStarted || (all.length > 0 && cells.allReady(gates))) {
      this.#decisions = new DecisionCache();
      this.#ports.decide = this.#suspending(decideBy(all, logger, this.#decisions));
    }
  }

  get audit(): AuditLog {
    return this.#ports.audit;
  }

  get approvals(): Approvals {
    return this.#ports.approvals;
  }

  perform<T>(call: GuardedCall<T>, run: (grant: Grant) => T | Promise<T>): Promise<T> {
    const asked = this.#unlessRevoked(call);
    if (call.onDefer !== "wait") return guarded(this.#ports, asked, run);
    return this.#performWaiting(asked, run);
  }

  performSync<T>(call: DigestCall, run: () => T): T {
    return guardedSync(this.#ports, call, run);
  }

  /** Records that a caller's role allows no such change: a principal's capability is its role. What it wished to pass is not told. */
  refusedByRole({ name, role: needs }: Method, caller: MethodCaller | undefined): void {
    const role = String(caller?.role).slice(0, 64);
    const call = { action: name, subject: callerOf(caller), resource: `method:${name}`, attributes: {} };
    recordRefusal(this.#ports, call, {
      verdict: "deny",
      by: "capability",
      reason: `the method ${name} needs the role ${needs}, got ${role}`,
      rules: [],
      policy: "",
      suspend: false,
    });
  }

  forget(subject: Subject): void {
    this.#decisions.forget(subject);
  }

  counts(): DecisionCounts {
    return { ...this.#counts };
  }

  /** Tells whether a caller of this kernel waits for an approval, or goes on with it right now. */
  awaits(approval: string): boolean {
    return this.#awaited.has(approval) || this.#ports.approvals.awaited(approval);
  }

  /** Writes counted refusals now: before the audit log stops. */
  flush(): void {
    this.#refusals.flush();
  }

  // An approval counts as awaited until the waiting call has ended, not only until its answer woke it.
  async #performWaiting<T>(call: GuardedCall<T>, run: (grant: Grant) => T | Promise<T>): Promise<T> {
    const ids: string[] = [];
    const inner = this.#ports.approvals;
    const tracking: Approvals = {
      ask: (draft, defer) => inner.ask(draft, defer),
      find: (id) => inner.find(id),
      list: (filter) => inner.list(filter),
      answer: (id, answer) => inner.answer(id, answer),
      revoke: (id, by) => inner.revoke(id, by),
      covering: (draft, terms) => inner.covering(draft, terms),
      holds: (id, terms) => inner.holds(id, terms),
      awaited: (id) => inner.awaited(id),
      redeem: (id, draft, terms) => inner.redeem(id, draft, terms),
      giveUp: (id, draft, refused) => inner.giveUp(id, draft, refused),
      stored: (id) => inner.stored(id),
      wait: async (id, options) => {
        ids.push(id);
        this.#awaited.set(id, (this.#awaited.get(id) ?? 0) + 1);
        const over = this.#showWaiting(call.subject);
        try {
          return await inner.wait(id, options);
        } finally {
          over();
        }
      },
    };
    try {
      return await guarded({ ...this.#ports, approvals: tracking }, call, run);
    } finally {
      for (const id of ids) {
        const left = (this.#awaited.get(id) ?? 1) - 1;
        if (left === 0) this.#awaited.delete(id);
        else this.#awaited.set(id, left);
      }
    }
  }

  /** Shows that a process waits for a person. */
  #showWaiting({ kind, id }: Subject): () => void {
    const control = kind === "process" ? this.#deps.cells.running(processControl) : undefined;
    return control?.waiting(toPid(Number(id)), "approval") ?? (() => undefined);
  }

  /** Who was revoked holds nothing any more, whatever role a wire or an approval remembers. */
  #unlessRevoked<T>(call: GuardedCall<T>): GuardedCall<T> {
    const { kind, id } = call.subject;
    if (kind !== "principal" || this.#deps.cells.running(principals)?.find(id)?.state !== "revoked") return call;
    return { ...call, subject: { kind, id }, rights: call.rights === undefined ? undefined : null };
  }

  #suspending(decide: Decide): Decide {
    return (request: ActionRequest, declaration: ActionDeclaration): Decision => {
      const decision = decide(request, declaration);
      if (decision.verdict === "deny" && decision.suspend) this.#suspend(request.subject);
      return decision;
    };
  }

  #suspend(subject: Subject): void {
    if (subject.kind !== "process") return;
    try {
      const control = this.#deps.cells.running(processControl);
      if (control === undefined)
        this.#deps.logger.error("no running feature can suspend a process", { subject: subject.id });
      else control.suspend(toPid(Number(subject.id)));
    } catch (error) {
      this.#deps.logger.warn("a process could not be suspended", {
        subject: subject.id,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/** Hosts in plain JavaScript may leave out who calls. */
function callerOf(caller: MethodCaller | undefined): Subject {
  try {
    return subjectOf(caller?.subject as Subject);
  } catch {
    return { kind: "principal", id: "unknown" };
  }
}
