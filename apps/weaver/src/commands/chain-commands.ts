/** The commands that read, prove and export the chain. */
import { actorValue, instantValue } from "../arguments/event-values.ts";
import { compact, isObject } from "../arguments/json-params.ts";
import { keysOption, noteOption, resumeOption } from "../arguments/read-option.ts";
import { choiceOption, numberOption, textOption, wholeNumber } from "../arguments/values.ts";
import { UsageError } from "../failure/usage-error.ts";
import type { Command } from "./command.ts";

const LARGEST_PID = Number.MAX_SAFE_INTEGER;
/** A chain of millions of events takes its time. */
const VERIFY_TIMEOUT_MS = 3_600_000;
const MAX_TAIL = 1000;
/** How long the daemon waits for news before it answers that there are none. */
const FOLLOW_WAIT_MS = 25_000;
const exportFormats = ["tlog", "json", "rvf"];

export const chainCommands: readonly Command[] = [
  {
    name: "chain status",
    summary: "tell the length and the head of the chain",
    examples: [
      ["chain status", "works with and without a running kernel"],
      ["chain status --json", "sequence and head, to keep elsewhere and pin later"],
    ],
    method: "chain.status",
    view: () => import("../view/chain-status.ts"),
    withoutDaemon: () => import("../kernel-access/chain-files-status.ts"),
  },
  {
    name: "chain verify",
    summary: "verify the whole chain, or one proof; exit 1 when it does not hold",
    options: {
      head: { value: "<hex>", description: "the head it must have, or have had: finds a cut tail" },
      checkpoint: { value: "<file>", path: true, description: "a checkpoint note that it must go on from" },
      keys: { value: "<file>", path: true, description: "public keys that must have signed it, as JSON" },
      resume: {
        value: "<file>",
        path: true,
        description: "go on where an earlier verification ended: its --json output, kept since",
      },
      bundle: { value: "<file>", path: true, description: "verify this proof of one event instead, offline" },
      consistency: {
        value: "<file>",
        path: true,
        description: "verify this proof of consistency instead, offline: --checkpoint is the older end",
      },
      newer: { value: "<file>", path: true, description: "with --consistency: the checkpoint of the newer end" },
    },
    examples: [
      ["chain verify", "every hash, signature and checkpoint"],
      ["chain verify --head 5f0c…", "against a head that was kept elsewhere"],
      ["chain verify --resume kept.json", "only what came since the answer with --json that was kept there"],
      ["chain verify --bundle proof.json --keys keys.json", "one event, anywhere, without the chain"],
      [
        "chain verify --consistency grown.json --checkpoint old-note --newer new-note",
        "nothing was taken out or changed between two checkpoints",
      ],
    ],
    method: "chain.verify",
    params: (_words, values) => {
      const head = headOption(textOption(values, "head"));
      const bundle = textOption(values, "bundle") !== undefined;
      const consistency = textOption(values, "consistency") !== undefined;
      if (bundle && consistency)
        throw new UsageError("--bundle and --consistency are two proofs", "verify one after the other");
      if (textOption(values, "newer") !== undefined && !consistency)
        throw new UsageError("--newer belongs to --consistency", "name the proof with --consistency <file>");
      // A proof is checked here: nothing is asked of anybody.
      if (bundle || consistency) return {};
      return compact({
        head,
        checkpoint: noteOption(values, "checkpoint"),
        keys: keysOption(values, "keys"),
        resume: resumeOption(values, "resume"),
      });
    },
    here: (values) => {
      if (textOption(values, "bundle") !== undefined) return () => import("../kernel-access/bundle-verify.ts");
      if (textOption(values, "consistency") === undefined) return undefined;
      return () => import("../kernel-access/consistency-verify.ts");
    },
    view: () => import("../view/chain-verify.ts"),
    withoutDaemon: () => import("../kernel-access/chain-files-verify.ts"),
    timeoutMs: VERIFY_TIMEOUT_MS,
    failed: (result) => !isObject(result) || result.valid !== true,
  },
  {
    name: "chain tail",
    summary: "show the last events of the chain",
    options: {
      count: { value: "<n>", short: "n", description: "how many events, 1 to 1000 (default: 20)" },
      follow: { short: "f", description: "go on with new ones as they are on disk, until Ctrl-C; needs a kernel" },
    },
    examples: [
      ["chain tail -n 5", "the last five; `action show` tells more of each"],
      ["chain tail -f --json", "a line of JSON for each event, as it is recorded"],
    ],
    method: "chain.tail",
    params: (_words, values) => compact({ count: numberOption(values, "count", 1, MAX_TAIL) }),
    view: () => import("../view/event-list.ts"),
    withoutDaemon: async () => ({ answer: (await import("../kernel-access/chain-files-read.ts")).tail }),
    follow: {
      next: (result) =>
        compact({ since: isObject(result) ? result.next : undefined, count: MAX_TAIL, waitMs: FOLLOW_WAIT_MS }),
      view: () => import("../view/event-lines.ts"),
      items: (result) => (isObject(result) && Array.isArray(result.events) ? result.events : []),
    },
  },
  {
    name: "chain query",
    summary: "find events by kind, source, actor, action, trace and time",
    options: {
      kind: { value: "<glob>", description: "kind of the event, such as governance.deny or agent.*" },
      source: { value: "<name>", description: "the subsystem that recorded it" },
      actor: { value: "<who>", description: "a PID, kernel, principal:<name>, or the name of an agent" },
      action: { value: "<name>", description: "the action it speaks of, such as fs.remove" },
      approval: { value: "<id>", description: "the approval it names" },
      trace: { value: "<id>", description: "W3C trace id, 32 hex digits" },
      since: { value: "<time>", description: "not before: 2026-01-31T12:00Z, or how long ago: 10m, 2h, 7d" },
      until: { value: "<time>", description: "before that" },
      limit: { value: "<n>", description: "how many events, 1 to 1000 (default: 50)" },
      newest: { description: "newest first" },
      cursor: { value: "<n>", description: "where to go on: `next` of the page before" },
    },
    examples: [
      ["chain query --kind governance.deny --since 1h", "what was refused in the last hour"],
      ["chain query --kind governance.deny --newest --limit 5", "the last five refusals"],
      ["chain query --actor assistant --action fs.remove --json", "by one agent, with the place of the next page"],
    ],
    method: "chain.query",
    params: (_words, values) => {
      const [actor, since, until] = [
        textOption(values, "actor"),
        textOption(values, "since"),
        textOption(values, "until"),
      ];
      const now = Date.now();
      return compact({
        kind: textOption(values, "kind"),
        source: textOption(values, "source"),
        ...(actor === undefined ? {} : actorValue(actor)),
        action: textOption(values, "action"),
        approval: textOption(values, "approval"),
        trace: textOption(values, "trace"),
        since: since === undefined ? undefined : instantValue("--since", since, now),
        until: until === undefined ? undefined : instantValue("--until", until, now),
        limit: numberOption(values, "limit", 1, MAX_TAIL),
        order: values.newest === true ? "newest" : undefined,
        cursor: numberOption(values, "cursor", 0, LARGEST_PID),
      });
    },
    view: () => import("../view/event-page.ts"),
    withoutDaemon: async () => ({ answer: (await import("../kernel-access/chain-files-read.ts")).query }),
    timeoutMs: VERIFY_TIMEOUT_MS,
  },
  {
    name: "chain checkpoint",
    summary: "sign the chain's head now",
    examples: [["chain checkpoint", "Ed25519 and ML-DSA-65 over what is there"]],
    method: "chain.checkpoint",
    view: () => import("../view/checkpoint.ts"),
    withoutDaemon: "boot",
  },
  {
    name: "chain proof",
    summary: "prove one event to somebody who has not got the chain",
    arguments: [{ name: "sequence", description: "sequence of the event, as `chain tail` shows it" }],
    options: {
      output: { value: "<file>", path: true, description: "put it into this new file (default: print it)" },
      from: { value: "<size>", description: "also prove that it goes on from the checkpoint of this size" },
    },
    examples: [
      [
        "chain proof 42 --output proof.json",
        "event, payload, path to the signed root, and keys; `chain verify --bundle`",
      ],
      ["chain proof 42 --from 1000", "for somebody who kept the checkpoint of 1000 events"],
    ],
    method: "chain.proof",
    params: ([sequence = ""], values) =>
      compact({
        sequence: wholeNumber("<sequence>", sequence, 0, Number.MAX_SAFE_INTEGER),
        from: numberOption(values, "from", 1, Number.MAX_SAFE_INTEGER),
      }),
    view: () => import("../view/plain-json.ts"),
    saves: (result) => `${JSON.stringify(result, null, 2)}\n`,
    withoutDaemon: async () => ({ answer: (await import("../kernel-access/chain-files-prove.ts")).proof }),
    timeoutMs: VERIFY_TIMEOUT_MS,
  },
  {
    name: "chain consistency",
    summary: "prove that the chain goes on from what it was: nothing taken out, nothing changed",
    options: {
      from: { value: "<size>", description: "events of the older chain, as its checkpoint says" },
      to: { value: "<size>", description: "events of the newer one (default: all that are on disk)" },
      output: { value: "<file>", path: true, description: "put it into this new file (default: print it)" },
    },
    examples: [
      ["chain consistency --from 1000 --output grown.json", "for somebody who kept the checkpoint of 1000 events"],
      ["chain consistency --from 1000 --to 2000", "between two checkpoints; `chain verify --consistency`"],
    ],
    method: "chain.consistency",
    params: (_words, values) => {
      const from = numberOption(values, "from", 1, Number.MAX_SAFE_INTEGER);
      const to = numberOption(values, "to", 1, Number.MAX_SAFE_INTEGER);
      if (from === undefined)
        throw new UsageError("--from is missing", "the second line of a checkpoint is its number of events");
      return compact({ from, to });
    },
    view: () => import("../view/plain-json.ts"),
    saves: (result) => `${JSON.stringify(result, null, 2)}\n`,
    withoutDaemon: async () => ({ answer: (await import("../kernel-access/chain-files-prove.ts")).consistency }),
    timeoutMs: VERIFY_TIMEOUT_MS,
  },
  {
    name: "chain export",
    summary: "copy the chain out: as transparency log, as files, or as lines of JSON",
    options: {
      format: { value: "<format>", description: `one of ${exportFormats.join(", ")} (default: rvf)` },
      output: {
        value: "<path>",
        path: true,
        description: "new folder, or new file for json; not in the state directory",
      },
    },
    examples: [
      ["chain export --format tlog --output ./log", "checkpoint and tiles of c2sp.org/tlog-tiles; no payloads"],
      ["chain export --format json --output events.jsonl", "a line for each event, with its payload"],
      ["chain export --output ./copy", "the files; `chain verify --dir ./copy` holds for them"],
    ],
    method: "chain.export",
    params: (_words, values) => {
      const output = textOption(values, "output");
      if (output === undefined)
        throw new UsageError("--output is missing", "name a place, such as --output ./exported");
      return { format: choiceOption(values, "format", exportFormats) ?? "rvf", output };
    },
    view: () => import("../view/chain-export.ts"),
    withoutDaemon: async () => ({ answer: (await import("../kernel-access/chain-files-prove.ts")).copy }),
    timeoutMs: VERIFY_TIMEOUT_MS,
  },
];

function headOption(head: string | undefined): string | undefined {
  if (head === undefined || /^[0-9a-f]{64}$/.test(head)) return head;
  throw new UsageError("--head must be 64 lower-case hex characters", "weaver chain status --json shows one as `head`");
}
