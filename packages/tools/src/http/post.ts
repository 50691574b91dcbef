/**
 * The tool `http.post`: sends one text to one address. Redirects are not followed, since their target was not decided on.
 * Which address a host name stands for is the resolver's word; rules see the name.
 */
import { shake256, toHex } from "@weftos/crypto";
import { type Clock, defineAction } from "@weftos/interface";
import { z } from "@weftos/schema";
import { defineTool, type Tool } from "../tool/define-tool.ts";
import { type Covered, effectBeyond } from "../tool/extent.ts";
import { shownBlock, shownLine } from "../tool/shown-text.ts";
import { ToolFailedError, ToolInputError, ToolTimeoutError } from "../tool/tool-errors.ts";
import { readStart } from "./read-start.ts";

const NAME = "http.post";
const MAX_BODY_CHARACTERS = 1024 * 1024;
const MAX_SHOWN_CHARACTERS = 16 * 1024;
const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_TIMEOUT_MS = 60_000;

export const netPost = {
  name: "net.post",
  description: "Send data to another machine",
  effect: { risk: 0.5, privacy: 0.3, security: 0.4 },
  audit: "durable",
  rights: ["tool", "network"],
  accumulates: true,
} as const;

/** The declared effect on privacy is that of so many bytes. */
const COVERED: Covered = { dimension: "privacy", declared: netPost.effect.privacy, most: 65_536 };

/** What is asked of the kernel to send. */
export interface PostPorts {
  readonly fetch: typeof fetch;
  readonly clock: Pick<Clock, "schedule">;
}

/** A message as it will be sent. */
interface Post {
  readonly url: string;
  readonly body: string;
  readonly contentType: string;
  readonly timeoutMs: number;
}

const postSchema = z.lazy(() =>
  z.strictObject({
    url: z.string().check(z.minLength(1), z.maxLength(2048)),
    body: z.string().check(z.maxLength(MAX_BODY_CHARACTERS)),
    contentType: z._default(
      z.string().check(z.maxLength(128), z.regex(/^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*$/)),
      "text/plain; charset=utf-8",
    ),
    timeoutMs: z._default(z.int().check(z.minimum(1), z.maximum(MAX_TIMEOUT_MS)), 30_000),
  }),
);

/** Gives the tool `http.post`. */
export function postTool(ports: PostPorts): Tool {
  return defineTool({
    name: NAME,
    description: "Sends a text to a URL by HTTP POST and gives the status and the first 64 KiB of the answer.",
    input: postSchema,
    settle: (input) => ({ ...input, url: checkedUrl(input.url) }),
    action: defineAction({
      ...netPost,
      input: postSchema,
      resource: ({ url }) => placeOf(url).slice(0, 1024),
      attributes: (post) => {
        const data = new TextEncoder().encode(post.body);
        const { host } = new URL(post.url);
        return { tool: NAME, url: placeOf(post.url), host, bytes: data.length, digest: digestOf(data) };
      },
      display: shownPost,
      summary: ({ status, bytes, sent }: Answer) => ({ status, bytes, ...effectBeyond(COVERED, sent) }),
      run: async (post, { signal }) => await send(ports, post, signal),
    }),
  });
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw ToolInputError.of(NAME, "url", "an absolute URL of http or https", "another text");
  }
  if (url.username !== "" || url.password !== "") {
    throw ToolInputError.of(NAME, "url", "a URL without user name and password", "one with them");
  }
  url.hash = "";
  return url.href;
}

// A query may hold what is private, so it is shown to the approver and never recorded.
function placeOf(href: string): string {
  const { origin, pathname } = new URL(href);
  return origin + pathname;
}

function digestOf(data: Uint8Array): string {
  return toHex(shake256(data, 16));
}

function shownPost({ url, body, contentType }: Post): string {
  const data = new TextEncoder().encode(body);
  const shown = body.slice(0, MAX_SHOWN_CHARACTERS);
  const more =
    shown.length === body.length
      ? []
      : [`… and ${body.length - shown.length} more characters; the whole body has the SHAKE-256/128 ${digestOf(data)}`];
  return [
    `POST ${shownLine(url)}`,
    `Content-Type: ${contentType}`,
    `Body: ${data.length} ${data.length === 1 ? "byte" : "bytes"}`,
    shownBlock(shown),
    ...more,
  ].join("\n");
}

interface Answer {
  readonly [key: string]: string | number | boolean;
  readonly status: number;
  /** Bytes that were sent. */
  readonly sent: number;
  /** Bytes of the answer that were read. */
  readonly bytes: number;
  readonly body: string;
  /** Whether there was more than is given. */
  readonly truncated: boolean;
}

async function send(ports: PostPorts, post: Post, signal: AbortSignal): Promise<Answer> {
  const expiry = new AbortController();
  const timer = ports.clock.schedule(post.timeoutMs, () => expiry.abort());
  try {
    const response = await ports.fetch(post.url, {
      method: "POST",
      headers: { "content-type": post.contentType },
      body: post.body,
      redirect: "manual",
      credentials: "omit",
      signal: AbortSignal.any([signal, expiry.signal]),
    });
    if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel();
      const details = { tool: NAME, reason: "REDIRECT" };
      throw new ToolFailedError(`${NAME}: the server redirects, and its target was not decided on`, { details });
    }
    const { data, truncated } = await readStart(response.body, MAX_RESPONSE_BYTES);
    const sent = new TextEncoder().encode(post.body).length;
    return { status: response.status, sent, bytes: data.length, body: new TextDecoder().decode(data), truncated };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (expiry.signal.aborted) {
      const details = { tool: NAME, timeoutMs: post.timeoutMs };
      throw new ToolTimeoutError(`${NAME}: no whole answer within ${post.timeoutMs} ms`, { details, cause: error });
    }
    throw error;
  } finally {
    timer.cancel();
  }
}
