/**
 * Trace contexts: of W3C Trace Context (https://www.w3.org/TR/trace-context/#traceparent-header) the trace id and the parent id, which
 * are what a message hands on. A whole `traceparent` of version 00 is read too; its flags say what others sampled, and are not kept.
 */

const IDS = /^(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}$/;
const WHOLE = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Characters of trace id, dash and parent id. */
const IDS_LENGTH = 49;
/** Characters of a version and its dash. */
const VERSION_LENGTH = 3;
/** Characters of a trace id. */
const TRACE_ID_LENGTH = 32;

/** Tells whether a value is a trace context in one of the two forms: lower-case hex, no id all zero, as W3C has it. */
export function isTrace(value: unknown): value is string {
  return typeof value === "string" && (value.length === IDS_LENGTH ? IDS : WHOLE).test(value);
}

/** Gives the form that messages carry, `<trace id>-<parent id>`, of a trace context. */
export function messageTrace(trace: string): string {
  return trace.length === IDS_LENGTH ? trace : trace.slice(VERSION_LENGTH, VERSION_LENGTH + IDS_LENGTH);
}

/** Gives the trace id of a trace context in either form; what is none, such as the trace id itself, is cut to its length. */
export function traceIdOf(text: string): string {
  return (WHOLE.test(text) ? messageTrace(text) : text).slice(0, TRACE_ID_LENGTH);
}
