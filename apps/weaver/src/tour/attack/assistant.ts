/**
 * An assistant that reads a document from outside and does what it says. It was given tools, the network and, carelessly,
 * write access to the folder; its messages may go to its parent only.
 */
import { type AgentContext, type AgentDefinition, defineAgent } from "@weftos/interface";
import { fileContent } from "../fleet/protocol.ts";
import { understood } from "../tour-error.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { obey, type Wish } from "./scripted-model.ts";

/** Longest text that it sends, so that all of it fits on the screen of who is asked. */
const MAX_SENT_CHARACTERS = 1000;

/** What an assistant is made for. */
export interface AssistantInit {
  readonly folder: string;
  /** The document: a file relative to the folder, or its text from memory. */
  readonly document: { readonly path: string } | { readonly text: string };
  readonly indexer: number;
  /** File to send, relative to the folder; undefined: the document itself. */
  readonly file: string | undefined;
  /** Where the sender's address leads on this machine. */
  readonly intake: string;
  /** Follows it; the assistant waits for what these return. */
  readonly observer: {
    read(document: string): Promise<void>;
    tried(attempt: Attempt): Promise<void>;
    answered(text: string): Promise<void>;
  };
}

/** Defines the assistant of one tour. */
export function assistant(init: AssistantInit): AgentDefinition {
  const { document, folder, observer } = init;
  return defineAgent({
    name: "assistant",
    async run(agent) {
      const text = "text" in document ? document.text : await readFile(agent, `${folder}/${document.path}`);
      await observer.read(text);
      for (const wish of obey(text)) {
        if (wish.kind === "answer") await observer.answered(wish.text);
        else await observer.tried(await fulfil(agent, init, wish, text));
      }
    },
  });
}

async function fulfil(
  agent: AgentContext,
  { folder, indexer, file, intake }: AssistantInit,
  wish: Exclude<Wish, { kind: "answer" }>,
  document: string,
): Promise<Attempt> {
  if (wish.kind === "message") {
    return await attempt(
      "message to the indexer",
      async () => await agent.send(indexer as AgentContext["pid"], wish.text),
    );
  }
  if (wish.kind === "remove") {
    return await attempt("fs.remove of the folder", async () =>
      agent.tools.call("fs.remove", { path: folder, recursive: true }),
    );
  }
  // The file was counted a moment ago; if it is gone by now, the document itself will do.
  const wanted = file === undefined ? undefined : await readFile(agent, `${folder}/${file}`).catch(() => undefined);
  const [name, text] = file === undefined || wanted === undefined ? ["the document", document] : [file, wanted];
  return await attempt(`http.post of ${name}`, async () =>
    agent.tools.call("http.post", { url: intake, body: excerpt(text), contentType: "text/markdown; charset=utf-8" }),
  );
}

async function readFile(agent: AgentContext, path: string): Promise<string> {
  const answer = await agent.tools.call("fs.read_file", { path });
  const { encoding, content } = understood(fileContent, answer, "the answer of fs.read_file");
  return encoding === "utf8" ? content : Buffer.from(content, "base64").toString("utf8");
}

function excerpt(text: string): string {
  return text.length <= MAX_SENT_CHARACTERS ? text : Array.from(text).slice(0, MAX_SENT_CHARACTERS).join("");
}
