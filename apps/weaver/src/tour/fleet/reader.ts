/**
 * Reads files, one at a time, in a worker thread: asks the coordinator for the next, reads it through the guarded tool,
 * counts, and hands the result in. It keeps nothing between files, so it may be killed at any moment.
 *
 * The module is loaded by URL: from source and from the built package alike it is `@weftos/weaver/tour/reader`.
 */
import { type AgentContext, defineAgent } from "@weftos/interface";
import { TermCount } from "../count/term-count.ts";
import { WordCount } from "../count/word-count.ts";
import { understood } from "../tour-error.ts";
import { failureCode } from "./failure-code.ts";
import { assignment, fileContent, readerInput, TERMS_A_MESSAGE } from "./protocol.ts";

/** How long a reader waits for work: as long as there may be some. */
const PATIENCE_MS = 24 * 60 * 60 * 1000;

/** How much is looked at at a time, so that a long file needs little more memory than its own. */
const CHUNK_BYTES = 256 * 1024;

export default defineAgent({
  name: "reader",
  async run(agent) {
    const { folder, slot } = understood(readerInput, agent.input, "the reader's input");
    while (!agent.signal.aborted) {
      const answer = await agent.request(
        agent.parent,
        { kind: "ask", slot },
        { timeoutMs: PATIENCE_MS, signal: agent.signal },
      );
      const { id, path } = understood(assignment, answer.payload, "the coordinator's answer");
      const data = await read(agent, `${folder}/${path}`);
      if (typeof data === "string") await agent.request(agent.parent, { kind: "unreadable", slot, id, code: data });
      else await handIn(agent, slot, id, data);
    }
  },
});

/** Gives the bytes, or the code of what went wrong. */
async function read(agent: AgentContext, path: string): Promise<Uint8Array | string> {
  try {
    const answer = await agent.tools.call("fs.read_file", { path }, { signal: agent.signal });
    const { encoding, content } = understood(fileContent, answer, "the answer of fs.read_file");
    return Buffer.from(content, encoding);
  } catch (error) {
    agent.signal.throwIfAborted();
    return failureCode(error);
  }
}

async function handIn(agent: AgentContext, slot: number, id: number, data: Uint8Array): Promise<void> {
  const words = new WordCount();
  const counter = new TermCount();
  for (let at = 0; at < data.length; at += CHUNK_BYTES) {
    const chunk = data.subarray(at, at + CHUNK_BYTES);
    words.add(chunk);
    counter.add(chunk);
  }
  let terms: [string, number][] = [];
  for (const pair of counter.finish()) {
    if (terms.length === TERMS_A_MESSAGE) {
      await agent.request(agent.parent, { kind: "part", slot, id, terms });
      terms = [];
    }
    terms.push([pair[0], pair[1]]);
  }
  await agent.request(agent.parent, { kind: "done", slot, id, bytes: data.length, words: words.words, terms });
}
