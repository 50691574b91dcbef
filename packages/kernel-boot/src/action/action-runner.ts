/**
 * Runs defined actions through the guard: now, for a caller; or later, for a requester that is gone, when a person has
 * approved.
 */
import {
  type AfterAnswer,
  type Approval,
  type Approvals,
  type ApprovedRunner,
  type Attributes,
  type DefinedAction,
  definedActions,
  type Guard,
  isWeftError,
  type JsonValue,
  type Logger,
  type ProcessRef,
  processDirectory,
  type StoredAction,
  type Subject,
  toPid,
} from "@weftos/interface";
import { safeParse } from "@weftos/schema";
import type { PortCells } from "../graph/port-cells.ts";
import { ActionConflictError, ActionInvalidError, type Catalogue, sameTerms } from "../guard/catalogue.ts";
import { ActionInputError, ActionUnknownError } from "./action-errors.ts";
import { type AnyDefinedAction, asJson } from "./any-action.ts";
import { digestOfForm, exactForm } from "./exact-form.ts";
import { subjectOf } from "./subject-of.ts";

/** Options of `kernel.perform`. */
export interface PerformOptions {
  /** On whose behalf: a subject, a PID, or anything with one. PID 0 is the kernel. */
  readonly as: Subject | ProcessRef<never>;
  /**
   * `reject` (default) fails with `APPROVAL_PENDING` when a person must be asked; `wait` waits for the answer. To abort the wait does
   * not take the question back: approved after all, the action runs.
   */
  readonly onDefer?: "reject" | "wait" | undefined;
  /** Id of an approval granted for exactly this call. */
  readonly approval?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told what rules want the caller to know, before the action runs. */
  readonly onWarnings?: ((warnings: readonly string[]) => void) | undefined;
}

interface RunnerDeps {
  readonly guard: Guard & { readonly approvals: Approvals; awaits(approval: string): boolean };
  readonly catalogue: Catalogue;
  readonly cells: PortCells;
  readonly logger: Logger;
  /** Aborts when the kernel begins to shut down. */
  readonly signal: AbortSignal;
}

/** An input as it is decided on. */
interface Settled<Input> {
  readonly valid: Input;
  /** As JSON, where it is that alone. */
  readonly plain: JsonValue | undefined;
  readonly display: string;
  /** Why nobody can be asked about it. */
  readonly unaskable: string | undefined;
  /** Asks just before the run whether it is still what was decided on. */
  readonly check: () => void;
}

export class ActionRunner implements ApprovedRunner {
  readonly #deps: RunnerDeps;
  readonly #actions = new Map<string, AnyDefinedAction>();
  readonly #running = new Set<string>();
  /** Approvals that wait until an agent is resumed; as many as there are approvals that are not used. */
  readonly #waiting = new Set<string>();

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** Declares an action of the host. @throws `KERNEL_ACTION_INVALID`, `KERNEL_ACTION_CONFLICT` */
  declare(action: AnyDefinedAction): void {
    checkAction(action);
    this.#deps.catalogue.declare("host", action.declaration);
    this.#actions.set(action.declaration.name, action);
  }

  async perform<Input, Output>(
    action: DefinedAction<Input, Output>,
    input: unknown,
    options: PerformOptions,
  ): Promise<Output> {
    const { guard, catalogue, signal: stopping } = this.#deps;
    const subject = subjectOf(options.as);
    const { name } = action.declaration;
    const declared = catalogue.find(name);
    // An action that nobody declared goes on to the guard, which refuses and records it.
    if (declared !== undefined && !sameTerms(declared, action.declaration)) {
      throw new ActionConflictError(`the action ${name} is declared otherwise in this kernel`, {
        details: { action: name, declaredBy: ["another"] },
      });
    }
    const { valid, plain, display, unaskable, check } = await this.#settle(action, input);
    const signal = options.signal === undefined ? stopping : AbortSignal.any([options.signal, stopping]);
    return await guard.perform<Output>(
      {
        action: name,
        subject,
        resource: action.resource(valid),
        attributes: await action.attributes(valid),
        display,
        storedInput: plain,
        unaskable,
        actor: this.#actorOf(subject),
        barred: () => (this.#isSuspended(subject) ? "it is suspended, until an operator resumes it" : undefined),
        approval: options.approval,
        onDefer: options.onDefer,
        signal,
        onWarnings: options.onWarnings,
        summary: action.summary,
      },
      () => {
        check();
        return action.run(valid, { subject, signal });
      },
    );
  }

  /**
   * Makes of an input what is decided on, shown and run. What was shown must be what runs, and a caller that keeps its input may
   * change it while somebody is asked: so data is copied, and of what is not data nobody is asked.
   */
  async #settle<Input, Output>(action: DefinedAction<Input, Output>, input: unknown): Promise<Settled<Input>> {
    const copy = copyOfData(input);
    const data = copy !== undefined;
    const given: unknown = data ? copy.of : input;
    const checked = await this.#validate(action, given);
    // A schema may have made plain data of what was none.
    const own = data || asJson(checked) === undefined ? undefined : copyOfData(checked);
    const valid = own === undefined ? checked : (own.of as Input);
    const plain = data || own !== undefined ? asJson(valid) : undefined;
    const shownNow = shown(action, valid);
    if (plain !== undefined) return { valid, plain, display: shownNow, unaskable: undefined, check: () => undefined };
    if (data) {
      // Not all of it is bound by what is stored or shown, so its digest is shown too.
      const digest = digestOfForm(exactForm(given) ?? null);
      const display = `${shownNow}\nSHAKE-256 of the input: ${digest}`;
      return { valid, plain, display, unaskable: undefined, check: () => undefined };
    }
    const unaskable = "its input is not data alone, so that it could change while somebody is asked";
    const check = (): void => {
      if (shown(action, valid) === shownNow) return;
      const { name } = action.declaration;
      throw new ActionInputError(`the input of ${name}: expected one that stays as it was decided on, got another`, {
        details: { action: name, issues: [] },
      });
    };
    return { valid, plain, display: shownNow, unaskable, check };
  }

  async afterAnswer(approval: Approval): Promise<AfterAnswer> {
    const { guard } = this.#deps;
    const yes = approval.state === "approved" || approval.state === "standing";
    if (guard.awaits(approval.id)) return { next: yes ? "resumed" : "none" };
    const now = guard.approvals.find(approval.id) ?? approval;
    if (now.state === "used") return { next: "resumed" };
    // Who acts under a document calls again by itself, and is covered then.
    if (now.state === "standing") return { next: "awaits-requester" };
    if (now.state !== "approved") return { next: "none" };
    const { subject } = now.request;
    if (subject.kind === "process" && this.#lives(subject)) return { next: "awaits-requester" };
    const resumed = now.stored && subject.kind === "process" ? this.#held(subject) : undefined;
    if (resumed !== undefined) {
      this.#runLater(now, resumed);
      return { next: "awaits-resume" };
    }
    // A closure is its caller's to repeat; one whose process is gone has no caller left.
    if (!now.stored) return { next: subject.kind === "process" ? "none" : "awaits-requester" };
    return await this.#runStored(now);
  }

  /** Runs all stored actions that were approved and not used: at the start of a kernel, when no requester is left. */
  async runApproved(report: (approval: Approval, after: AfterAnswer) => void): Promise<void> {
    for (const approval of this.#deps.guard.approvals.list({ state: "approved" })) {
      if (this.#deps.signal.aborted) return;
      if (approval.stored) report(approval, await this.afterAnswer(approval));
    }
  }

  /** What was approved for a suspended agent waits for it; should that take until the next kernel, it waits there again. */
  #runLater(approval: Approval, resumed: Promise<void>): void {
    if (this.#waiting.has(approval.id)) return;
    this.#waiting.add(approval.id);
    resumed
      .then(() => {
        this.#waiting.delete(approval.id);
        return this.#deps.signal.aborted ? undefined : this.afterAnswer(approval);
      })
      .catch((error: unknown) => {
        const told = isWeftError(error) ? error.code : "UNKNOWN";
        this.#deps.logger.warn("an approved action failed", { approval: approval.id, error: told });
      });
  }

  async #runStored(approval: Approval): Promise<AfterAnswer> {
    if (this.#running.has(approval.id)) return { next: "resumed" };
    this.#running.add(approval.id);
    try {
      const stored = await this.#deps.guard.approvals.stored(approval.id);
      if (stored === undefined) return { next: "none" };
      await this.#performStored(stored);
      return { next: "ran", outcome: "ok", error: undefined };
    } catch (error) {
      // What is not a WeftError may say anything, a secret too.
      const told = isWeftError(error) ? `${error.code}: ${error.message}` : "UNKNOWN";
      this.#deps.logger.warn("an approved action failed", { approval: approval.id, error: told });
      return { next: "ran", outcome: "failed", error: told };
    } finally {
      this.#running.delete(approval.id);
    }
  }

  async #performStored({ approval, input, rights, standing }: StoredAction): Promise<void> {
    const { guard, signal } = this.#deps;
    const { action: name, subject, attributes } = approval.request;
    const action = this.#find(name);
    if (action === undefined) {
      throw new ActionUnknownError(`the approved action ${name} is not declared in this kernel`, {
        details: { action: name },
      });
    }
    // Its type was checked when it was stored, and its seal proves that it is the same.
    const valid = input as never;
    const computed: Attributes = await action.attributes(valid);
    await guard.perform<unknown>(
      {
        action: name,
        subject,
        resource: action.resource(valid),
        // What the definition can tell is computed afresh and must still be what was approved; what only the caller knew
        // is taken from the approval.
        attributes: { ...attributes, ...computed },
        display: action.display(valid),
        storedInput: input,
        standing,
        actor: approval.agent === undefined ? undefined : { agent: approval.agent, principal: approval.principal },
        approval: approval.id,
        rights: subject.kind === "kernel" ? undefined : rights,
        signal,
        summary: (output) => action.summary(output as never),
      },
      () => action.run(valid, { subject, signal }),
    );
  }

  #find(name: string): AnyDefinedAction | undefined {
    const own = this.#actions.get(name);
    if (own !== undefined) return own;
    for (const registry of this.#deps.cells.all(definedActions)) {
      const found = registry.find(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #validate<Input, Output>(action: DefinedAction<Input, Output>, input: unknown): Promise<Input> {
    const { name } = action.declaration;
    const result = safeParse(action.input, input, `the input of ${name}`);
    if (result.ok) return result.value;
    throw new ActionInputError(result.problem.message, { details: { action: name, issues: result.problem.issues } });
  }

  /** What its own context is asked waits; who acts in its name is told. */
  #isSuspended({ kind, id }: Subject): boolean {
    return kind === "process" && this.#deps.cells.running(processDirectory)?.state(toPid(Number(id))) === "suspended";
  }

  #held(subject: Subject): Promise<void> | undefined {
    return this.#deps.cells.running(processDirectory)?.held(toPid(Number(subject.id)));
  }

  #lives(subject: Subject): boolean {
    const state = this.#deps.cells.running(processDirectory)?.state(toPid(Number(subject.id)));
    return state !== undefined && state !== "exited";
  }

  #actorOf(subject: Subject): { readonly agent: string } | undefined {
    if (subject.kind !== "process") return undefined;
    const agent = this.#deps.cells.running(processDirectory)?.find(toPid(Number(subject.id)))?.name;
    return agent === undefined ? undefined : { agent };
  }
}

/** Copies what is data alone; undefined for everything else, also for what only looks like it, such as a proxy. */
function copyOfData(input: unknown): { readonly of: unknown } | undefined {
  if (asJson(input) === undefined && exactForm(input) === undefined) return undefined;
  try {
    return { of: structuredClone(input) };
  } catch {
    return undefined;
  }
}

/** Hosts in plain JavaScript may give anything; `defineAction` gives all of it. */
function checkAction(action: AnyDefinedAction): void {
  const given: Partial<AnyDefinedAction> = typeof action === "object" && action !== null ? action : {};
  const parts = [given.resource, given.attributes, given.display, given.summary, given.run];
  const whole =
    typeof given.declaration === "object" && given.declaration !== null && "~standard" in (given.input ?? {});
  if (whole && parts.every((part) => typeof part === "function")) return;
  const name = String(given.declaration?.name ?? "").slice(0, 128);
  throw new ActionInvalidError(
    `expected an action made by defineAction, got another value${name && ` named ${name}`}`,
    {
      details: { action: name, declaredBy: "host" },
    },
  );
}

function shown<Input>(action: Pick<DefinedAction<Input>, "declaration" | "display">, input: Input): string {
  try {
    return action.display(input);
  } catch (cause) {
    const { name } = action.declaration;
    throw new ActionInputError(`the input of ${name}: expected one that can be shown to an approver, got another`, {
      details: { action: name, issues: [] },
      cause,
    });
  }
}
