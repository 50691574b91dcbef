/** The commands of who keeps a chain: redact, keys, repair. */
import { textOption, wholeNumber } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import type { Command, OptionSpec } from "./command.ts";
import { approvalOption } from "./sign-options.ts";

const reasonOption: OptionSpec = { value: "<text>", description: "why; recorded for good, in the clear" };
const yesOption: OptionSpec = { description: "do not ask" };

export const keeperCommands: readonly Command[] = [
  {
    name: "chain redact",
    summary: "destroy the payload of one event for good; the event and all proofs stay",
    arguments: [{ name: "sequence", description: "sequence of the event, as `chain tail` shows it" }],
    options: { reason: reasonOption, approval: approvalOption, yes: yesOption },
    examples: [
      ["chain redact 42 --reason 'asked for by the person'", "asks first; not to be undone"],
      [
        "chain redact 42 --reason 'ticket 7' --yes",
        "does not reach copies, backups, exports, logs, approvals' journals",
      ],
    ],
    method: "chain.redact",
    params: ([sequence = ""], values) => ({
      sequence: wholeNumber("<sequence>", sequence, 0, Number.MAX_SAFE_INTEGER),
      ...reasoned(values),
    }),
    confirm: ([sequence = ""]) =>
      `The payload of event ${sequence} will be destroyed, and cannot come back. Copies elsewhere are not reached.`,
    view: () => import("../view/chain-redacted.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "chain keys list",
    summary: "list the chain's public keys, from genesis to those in force",
    examples: [
      ["chain keys list", "ids and since when"],
      ["chain keys list --json", "to keep elsewhere as a file, for `chain verify --keys`"],
    ],
    method: "chain.keys",
    view: () => import("../view/chain-keys.ts"),
    withoutDaemon: async () => ({ answer: (await import("../kernel-access/chain-files-prove.ts")).keys }),
  },
  {
    name: "chain keys rotate",
    summary: "sign with new keys from here on; the old seeds are destroyed",
    options: { reason: reasonOption, approval: approvalOption, yes: yesOption },
    examples: [
      ["chain keys rotate --reason 'a year has passed'", "the node gets another id, as it is that of its key"],
    ],
    method: "chain.rotate-keys",
    params: (_words, values) => reasoned(values),
    confirm: () => "New keys will be put in force, and the seeds of the present ones destroyed.",
    view: () => import("../view/keys-rotated.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "chain repair",
    summary: "move a damaged chain aside as evidence, and begin a successor",
    options: {
      quarantine: { description: "do it: the chain goes to chain.damaged-<time>, byte for byte" },
      "dry-run": { description: "only tell what would happen" },
    },
    examples: [
      ["chain repair --dry-run", "what is wrong, and how far the chain is good"],
      ["chain repair --quarantine", "with no kernel running; the successor names the old chain and its last good head"],
    ],
    run: () => import("./chain-repair.ts"),
  },
];

function reasoned(values: Parameters<typeof textOption>[0]): { readonly [name: string]: string } {
  const [reason, approval] = [textOption(values, "reason"), textOption(values, "approval")];
  if (reason === undefined) throw new UsageError("--reason is missing", "say why: it is recorded with who did it");
  return { reason, ...(approval === undefined ? {} : { approval }) };
}
