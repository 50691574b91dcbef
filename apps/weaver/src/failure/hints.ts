/** Says what to do next about errors that many commands may end with: in words to type, which only weaver knows. */
import { isWeftError } from "@weftos/interface";

/** What a hint may need. */
export interface HintContext {
  /** How a user types a command on this directory. */
  readonly typed: (words: string) => string;
}

type Hint = (details: Readonly<Record<string, unknown>>, context: HintContext) => string | undefined;

const hints: Readonly<Record<string, Hint>> = {
  API_TIMEOUT: ({ method }, { typed }) =>
    method === "auth" || String(method).startsWith("agent.")
      ? `where an inline agent holds the kernel's thread, nothing but ${typed("kernel stop --force")} ends it, and ${typed("kernel start --without <agent>")} starts without it; --backend worker keeps such code apart`
      : undefined,
  AGENT_LOAD_FAILED: ({ message }) =>
    String(message).includes("has no agent as its default export")
      ? "a module that was corrected is loaded anew on worker and process, and on inline once the kernel was started again"
      : undefined,
  APPROVAL_PENDING: ({ approval }, { typed }) =>
    `${typed(`approvals show ${approval}`)}; once it is approved, type the same again`,
  APPROVAL_OWN_REQUEST: ({ message }) =>
    `somebody else answers, with a key of their own: --as <name>${
      String(message).includes("which acts for")
        ? "; for who runs a kernel alone: solo = true under [governance] in weave.toml, as init writes it"
        : ""
    }`,
  GOVERNANCE_PRINCIPAL_CONFLICT: ({ reason }, { typed }) =>
    String(reason).startsWith("nobody is known yet")
      ? `${typed("kernel stop")}, then ${typed("init --name <name>")}`
      : undefined,
  GOVERNANCE_PRINCIPAL_UNKNOWN: ({ principal }, { typed }) =>
    principal === "owner"
      ? `nobody owns this directory: ${typed("init --name <name>")}, or, where others hold the branches, the program that made them known adds an owner`
      : typed("principal list"),
  GOVERNANCE_SIGNATURE: ({ over }) =>
    over === "its consent" ? "those who agree sign with their keys: --consent <name>,<name>=<key file>" : undefined,
  GOVERNANCE_AMENDMENT_LOCKS: ({ amendment, forGood }, { typed }) =>
    forGood === true
      ? undefined
      : `if that is meant: ${typed(`governance amend enact ${String(amendment).slice(0, 16)} --locks`)}`,
  GOVERNANCE_AMENDMENT_STATE: ({ amendment, reason }, { typed }) => {
    const id = String(amendment).slice(0, 16);
    if (reason === "it was not rehearsed") return typed(`governance amend rehearse ${id}`);
    return String(reason).endsWith("signatures") ? typed(`governance amend sign ${id}`) : undefined;
  },
  GOVERNANCE_ENVIRONMENT_UNKNOWN: (_details, { typed }) => typed("env list"),
  GOVERNANCE_ENVIRONMENT_LAX: ({ environment }) =>
    `in weave.toml, environment = "${environment}" under [kernel], and [governance.environments.${environment}] unless it is built in`,
  IPC_TARGET_EXITED: ({ pid }, { typed }) => `${typed(`agent inspect ${pid}`)} says why`,
  PROCESS_NOT_FOUND: (_details, { typed }) => typed("agent list --all"),
  PROCESS_LIMIT_NOT_ENFORCEABLE: ({ backends }) =>
    Array.isArray(backends) && typeof backends[0] === "string" ? `--backend ${backends[0]}` : undefined,
  KERNEL_LOCKED: (_details, { typed }) =>
    `${typed("kernel stop")} ends it, where it is one that weaver started; then type the same again`,
  KERNEL_START_FAILED: ({ error }, { typed }) =>
    /^(?:GOVERNANCE|APPROVAL)_/.test(String(error)) ? `the chain can still be read: ${typed("chain tail")}` : undefined,
};

/** Gives what to do next; undefined where the error says all there is. */
export function hintFor(error: unknown, context: HintContext): string | undefined {
  if (!isWeftError(error)) return undefined;
  return hints[error.code]?.({ ...error.details, message: error.message }, context);
}
