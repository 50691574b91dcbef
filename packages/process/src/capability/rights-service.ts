/** Changes of rights as others ask for them: input checked, paths resolved, the guard asked, then the keeper told. */
import type {
  Capabilities,
  CapabilityRequest,
  Elevated,
  ElevateOptions,
  Files,
  Guard,
  GuardedCall,
  JsonObject,
  OwnElevateOptions,
  Pid,
  Schema,
  Subject,
} from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { type Acting, askedBy } from "../acting.ts";
import { inputProblem } from "../input-invalid.ts";
import type { ProcessTable } from "../table/process-table.ts";
import { capabilityRequestSchema } from "./capability-schema.ts";
import { rootCapabilities } from "./default-capabilities.ts";
import { resolveGrants } from "./real-grants.ts";
import type { RightsKeeper } from "./rights-keeper.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

const requestSchema = capabilityRequestSchema as unknown as Schema<unknown, CapabilityRequest>;
const elevateSchema = z.lazy(() =>
  z.strictObject({
    forMs: z.int().check(z.minimum(1), z.maximum(DAY_MS)),
    reason: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
  }),
) as unknown as Schema<unknown, ElevateOptions>;

/** What changes of rights ask of their kernel. */
export interface RightsServiceDeps {
  readonly table: ProcessTable;
  readonly keeper: RightsKeeper;
  readonly guard: Guard;
  readonly files: Pick<Files, "realPath">;
  /** Resolves when what was said to the journal is on disk. */
  readonly flushed: () => Promise<void>;
}

type Verb = "grant" | "revoke" | "elevate" | "elevate_own";

/** How an agent asks where a person may have to be asked. */
type Asking = Pick<GuardedCall<unknown>, "approval" | "onDefer" | "signal">;

const askingSchema = z.lazy(() =>
  z.object({
    approval: z.optional(z.string().check(z.maxLength(64))),
    onDefer: z.optional(z.enum(["reject", "wait"])),
    signal: z.optional(z.instanceof(AbortSignal)),
  }),
) as unknown as Schema<unknown, Asking>;

export class RightsService {
  readonly #deps: RightsServiceDeps;

  constructor(deps: RightsServiceDeps) {
    this.#deps = deps;
  }

  /** Warns when nothing was added. */
  async grant(pid: Pid, given: CapabilityRequest, as: Acting): Promise<Capabilities> {
    const rights = await this.#read(given);
    let added = true;
    const held = await this.#guarded("grant", pid, as, rights, {}, async () => {
      const before = this.#deps.table.require(pid).capabilities;
      const now = this.#deps.keeper.grant(pid, rights);
      added = JSON.stringify(now) !== JSON.stringify(before);
      await this.#deps.flushed();
      return now;
    });
    if (!added) {
      as.onWarnings?.([
        `nothing was added to what process ${pid} may do: it holds this already, or its parent does not hold it, or its role bars it`,
      ]);
    }
    return held;
  }

  /** Warns when nothing was taken. */
  async revoke(pid: Pid, given: CapabilityRequest, as: Acting): Promise<Capabilities> {
    const rights = await this.#read(given);
    let taken = true;
    const held = await this.#guarded("revoke", pid, as, rights, {}, async () => {
      const before = this.#deps.table.require(pid).capabilities;
      const now = this.#deps.keeper.revoke(pid, rights);
      taken = JSON.stringify(now) !== JSON.stringify(before);
      await this.#deps.flushed();
      return now;
    });
    if (!taken) as.onWarnings?.([`nothing was taken from what process ${pid} may do: it does not hold this`]);
    return held;
  }

  /** An agent asks for itself. */
  async elevateOwn(
    pid: Pid,
    given: CapabilityRequest,
    { approval, onDefer, signal, ...options }: OwnElevateOptions,
  ): Promise<Elevated> {
    const asking = parse(
      askingSchema,
      { approval, onDefer, signal },
      { what: "the options of elevate", error: inputProblem },
    );
    return await this.#elevate("elevate_own", pid, given, options, { kind: "process", id: String(pid) }, asking);
  }

  async elevate(pid: Pid, given: CapabilityRequest, options: ElevateOptions, as: Subject): Promise<Elevated> {
    return await this.#elevate("elevate", pid, given, options, as);
  }

  async #elevate(
    verb: Verb,
    pid: Pid,
    given: CapabilityRequest,
    options: ElevateOptions,
    as: Subject,
    asking?: Asking,
  ): Promise<Elevated> {
    const { forMs, reason } = parse(elevateSchema, options, {
      what: "the options of elevate",
      error: inputProblem,
    });
    const rights = await this.#read(given);
    return await this.#guarded(
      verb,
      pid,
      as,
      rights,
      { forMs, ...(reason === undefined ? {} : { reason }) },
      () => {
        const { held, until } = this.#deps.keeper.elevate(pid, rights, forMs);
        return { capabilities: held, until };
      },
      asking,
    );
  }

  async #read(given: CapabilityRequest): Promise<CapabilityRequest> {
    const rights = parse(requestSchema, given, { what: "the rights", error: inputProblem });
    if (rights.files === undefined) return rights;
    const { read = [], write = [], own = [], deny = [] } = rights.files;
    const { files } = await resolveGrants({ ...rootCapabilities, files: { read, write, own, deny } }, this.#deps.files);
    // What was not named must stay unnamed: to deny nothing is something else.
    const named = Object.entries(files).filter(([field]) => Object.hasOwn(rights.files ?? {}, field));
    return { ...rights, files: Object.fromEntries(named) };
  }

  async #guarded<T>(
    verb: Verb,
    pid: Pid,
    as: Acting,
    rights: CapabilityRequest,
    more: Readonly<Record<string, string | number>>,
    run: () => T | Promise<T>,
    asking: Asking = {},
  ): Promise<T> {
    const agent = this.#deps.table.require(pid).name;
    const shown = JSON.parse(JSON.stringify({ agent, pid, ...more, rights })) as JsonObject;
    const call: GuardedCall<T> = {
      action: `process.${verb}`,
      ...askedBy(as),
      resource: `process:${pid}`,
      attributes: { pid, agent, rights: JSON.stringify(rights), ...more },
      display: `${verb === "elevate_own" ? "elevate" : verb} the rights of process ${pid}\n${JSON.stringify(shown, null, 2)}`,
      ...asking,
    };
    return await this.#deps.guard.perform(call, run);
  }
}
