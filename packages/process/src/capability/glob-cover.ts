/**
 * Intersects lists of name globs. What is kept is always covered by both lists; where two globs overlap and neither
 * covers the other, nothing of the overlap is kept, so attenuation may give less than it could and never more.
 */
import { compileGlob } from "@weftos/schema";

/** Keeps of each list the globs that a glob of the other one covers. */
export function intersectGlobs(left: readonly string[], right: readonly string[]): readonly string[] {
  const kept = new Set<string>();
  for (const glob of left) if (right.some((other) => covers(other, glob))) kept.add(glob);
  for (const glob of right) if (left.some((other) => covers(other, glob))) kept.add(glob);
  return [...kept];
}

/**
 * Tells whether every name that matches `inner` surely matches `outer`: a glob that matches the text of another one covers
 * it, as long as no wildcard for one segment is matched against one for many.
 */
export function covers(outer: string, inner: string): boolean {
  if (outer === inner || outer === "*" || outer === "**") return true;
  if (inner.includes("*")) {
    if (inner.includes("**") || outer.includes("**")) return false;
    // A last `*` stands for many segments, which only a last `*` covers.
    if ((inner === "*" || inner.endsWith(".*")) && !outer.endsWith(".*")) return false;
  }
  return compileGlob(outer).matches(inner);
}
