/** Refuses requests that rules could not judge: a rule must never be escaped by a name or a number that fits nothing. */
import type { ActionRequest } from "@weftos/interface";

const MAX_NAME = 128;
const MAX_RESOURCE = 1024;
const MAX_ATTRIBUTES = 64;
const MAX_TEXT = 4096;
const kinds: ReadonlySet<unknown> = new Set(["kernel", "process", "principal", "node"]);

/** Tells what is wrong with a request, in one phrase; undefined when it can be judged. */
export function requestFault(request: ActionRequest): string | undefined {
  const { action, subject, resource, attributes } = request;
  if (typeof action !== "string" || action.length > MAX_NAME || !plainName(action))
    return "the action has no legal name";
  if (typeof subject !== "object" || subject === null || !kinds.has(subject.kind) || typeof subject.id !== "string") {
    return "the subject is not known";
  }
  if (typeof resource !== "string" || resource.length > MAX_RESOURCE)
    return `the resource is no text of at most ${MAX_RESOURCE} characters`;
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes))
    return "the attributes are not readable";
  let count = 0;
  for (const name in attributes) {
    const value: unknown = attributes[name];
    if (++count > MAX_ATTRIBUTES) return `there are more than ${MAX_ATTRIBUTES} attributes`;
    if (typeof value === "boolean") continue;
    if (typeof value === "number" ? Number.isFinite(value) : typeof value === "string" && value.length <= MAX_TEXT)
      continue;
    return "an attribute is no finite number, truth value or text of at most 4096 characters";
  }
  return undefined;
}

/** Segments between dots, none of them empty; no character is read twice. */
function plainName(name: string): boolean {
  let segment = 0;
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index);
    if (unit === 46) {
      if (segment === 0) return false;
      segment = 0;
    } else if (unit <= 32) return false;
    else segment++;
  }
  return segment > 0;
}
