/** Names of topics and patterns over them: segments joined by dots, `*` for one segment, `>` at the end for one or more. */
import { TopicInvalidError } from "../ipc-errors.ts";

const SEGMENT = /^[A-Za-z0-9_-]+$/;
const NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_LENGTH = 256;
const MAX_SEGMENTS = 16;

/**
 * Checks a topic's name.
 *
 * @throws IPC_TOPIC_INVALID
 */
export function checkTopic(topic: unknown): string {
  if (typeof topic === "string" && topic.length <= MAX_LENGTH && NAME.test(topic) && dots(topic) < MAX_SEGMENTS)
    return topic;
  throw invalid("a topic is segments of letters, digits, _ and - joined by dots", topic);
}

/**
 * Checks a pattern over topics; a topic is one too.
 *
 * @returns its segments
 * @throws IPC_TOPIC_INVALID
 */
export function checkPattern(pattern: unknown): readonly string[] {
  if (typeof pattern === "string" && pattern.length <= MAX_LENGTH) {
    const segments = pattern.split(".");
    const fits = segments.every(
      (segment, at) => segment === "*" || SEGMENT.test(segment) || (segment === ">" && at === segments.length - 1),
    );
    if (fits && segments.length <= MAX_SEGMENTS) return segments;
  }
  throw invalid("a pattern is a topic in which * stands for one segment, and > at the end for one or more", pattern);
}

function dots(topic: string): number {
  let count = 0;
  for (let at = topic.indexOf("."); at !== -1; at = topic.indexOf(".", at + 1)) count += 1;
  return count;
}

function invalid(what: string, received: unknown): TopicInvalidError {
  const shown = typeof received === "string" ? JSON.stringify(received.slice(0, 64)) : typeof received;
  return new TopicInvalidError(`${what}; at most ${MAX_SEGMENTS} segments and ${MAX_LENGTH} characters, got ${shown}`, {
    details: { received: shown },
  });
}
