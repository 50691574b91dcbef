/** Checks what a supervisor is given: its children named, counted and each with a restart policy. */
import type {
  Actor,
  JsonObject,
  RestartPolicy,
  SpawnOptions,
  Subject,
  SupervisionStrategy,
  SupervisorSpec,
} from "@weftos/interface";
import { parse, z } from "@weftos/schema";
import { inputInvalid, inputProblem } from "../input-invalid.ts";
import { agentName, restartPolicySchema } from "../spawn-options.ts";
import { readSpawn, type SpawnRequest } from "../spawn-request.ts";

/** Most children of one supervisor. */
export const MAX_CHILDREN = 10_000;
/** Most supervisors within supervisors. */
const MAX_DEPTH = 32;

const id = z.string().check(z.minLength(1), z.maxLength(128));
const specSchema = z.lazy(() =>
  z.strictObject({
    name: agentName,
    strategy: z.enum(["one-for-one", "one-for-all", "rest-for-one", "dynamic"]),
    children: z.optional(z.array(z.unknown()).check(z.maxLength(MAX_CHILDREN))),
    intensity: z.optional(
      z.strictObject({
        maxRestarts: z.optional(z.int().check(z.minimum(0), z.maximum(10_000))),
        withinMs: z.optional(z.int().check(z.minimum(1), z.maximum(24 * 60 * 60 * 1000))),
      }),
    ),
  }),
);
const nestedSchema = z.strictObject({
  id: z.optional(id),
  supervisor: z.unknown(),
  restart: z.optional(restartPolicySchema),
});

/** Who asked for a child, in whose name the guard is asked. */
export interface Asker {
  readonly subject: Subject;
  readonly actor: Actor;
}

/** A checked child: an agent, or a supervisor. */
export interface MemberSpec {
  readonly id: string;
  /** The child of which this is one replica. */
  readonly replicaOf: string | undefined;
  /** It came at run time: `document` is what it is, when it is a supervisor that another kernel can start again. */
  readonly added?: { readonly document: JsonObject | undefined } | undefined;
  /** Who asked for it then; undefined: the kernel. */
  readonly by?: Asker | undefined;
  readonly what:
    | { readonly kind: "agent"; readonly request: SpawnRequest }
    | { readonly kind: "supervisor"; readonly spec: CheckedSupervisor; readonly restart: RestartPolicy };
}

/** A checked supervisor. */
export interface CheckedSupervisor {
  readonly name: string;
  readonly strategy: SupervisionStrategy;
  /** Of the children as they were given, in order. */
  readonly ids: readonly string[];
  /** Replicas laid out. */
  readonly members: readonly MemberSpec[];
  /** Children with replicas, by id, for scaling. */
  readonly replicated: ReadonlyMap<string, MemberSpec>;
  readonly intensity: SupervisorSpec["intensity"];
}

/** Names the replicas of a child. */
export function replicaIds(of: string, replicas: number): readonly string[] {
  return Array.from({ length: replicas }, (_, index) => `${of}#${index + 1}`);
}

/** @throws PROCESS_INPUT_INVALID */
export function readSupervisor(given: unknown, depth = 0): CheckedSupervisor {
  if (depth > MAX_DEPTH) throw inputInvalid("a supervisor", `at most ${MAX_DEPTH} levels of supervisors`, given);
  const spec = parse(specSchema, given, { what: "the supervisor", error: inputProblem });
  const members: MemberSpec[] = [];
  const replicated = new Map<string, MemberSpec>();
  const inOrder: string[] = [];
  for (const child of spec.children ?? []) {
    const { member, replicas } = readChild(child, spec, depth);
    inOrder.push(member.id);
    if (replicas === undefined) {
      members.push(member);
      continue;
    }
    replicated.set(member.id, member);
    members.push(...replicaIds(member.id, replicas).map((one) => ({ ...member, id: one, replicaOf: member.id })));
  }
  const { name, strategy, intensity } = spec;
  const ids = new Set(members.map((member) => member.id));
  if (ids.size !== members.length) throw inputInvalid("the children", "ids that differ", spec.children);
  if (members.length > MAX_CHILDREN) throw inputInvalid("the children", `at most ${MAX_CHILDREN}`, spec.children);
  return { name, strategy, ids: inOrder, members, replicated, intensity };
}

/** Checks one child. @throws PROCESS_INPUT_INVALID */
export function readChild(
  given: unknown,
  of: Pick<SupervisorSpec, "strategy" | "intensity">,
  depth = 0,
): { readonly member: MemberSpec; readonly replicas: number | undefined } {
  if (typeof given !== "object" || given === null) throw inputInvalid("a child", "an object", given);
  if ("supervisor" in given) {
    const nested = parse(nestedSchema, given, { what: "a supervisor as a child", error: inputProblem });
    const spec = readSupervisor(nested.supervisor, depth + 1);
    const restart = withIntensity(nested.restart ?? { type: "permanent" }, of);
    const what = { kind: "supervisor", spec, restart } as const;
    return { member: { id: nested.id ?? spec.name, replicaOf: undefined, what }, replicas: undefined };
  }
  const {
    id: named,
    agent,
    replicas,
    ...options
  } = given as {
    readonly id?: unknown;
    readonly agent?: unknown;
    readonly replicas?: unknown;
  } & SpawnOptions;
  const wanted = replicas === undefined ? undefined : readReplicas(replicas, of.strategy);
  // Replicas are kept running whatever ends them.
  const type = wanted === undefined ? (options.restart?.type ?? "permanent") : "permanent";
  const request = readSpawn(agent, { ...options, restart: withIntensity({ ...options.restart, type }, of) });
  const checkedId =
    named === undefined ? request.name : parse(id, named, { what: "the id of a child", error: inputProblem });
  return {
    member: { id: checkedId, replicaOf: undefined, what: { kind: "agent", request } },
    replicas: wanted,
  };
}

/** @throws PROCESS_INPUT_INVALID */
export function readReplicas(given: unknown, strategy: SupervisionStrategy): number {
  if (strategy !== "one-for-one" && strategy !== "dynamic") {
    throw inputInvalid("replicas", "a supervisor that is one-for-one or dynamic", strategy);
  }
  return parse(z.int().check(z.minimum(0), z.maximum(1000)), given, { what: "replicas", error: inputProblem });
}

function withIntensity(restart: RestartPolicy, { intensity }: Pick<SupervisorSpec, "intensity">): RestartPolicy {
  return {
    ...restart,
    maxRestarts: restart.maxRestarts ?? intensity?.maxRestarts,
    withinMs: restart.withinMs ?? intensity?.withinMs,
  };
}
