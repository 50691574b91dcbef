/** The real `wc` of this machine, as the judge of word counts. */
import { spawnSync } from "node:child_process";

/** Counts words of a file's bytes with `LC_ALL=C.UTF-8 wc -w`; undefined where there is no GNU wc. */
export function gnuWc(data: Uint8Array): number | undefined {
  const { status, stdout } = spawnSync("wc", ["-w"], {
    input: data,
    env: { ...process.env, LC_ALL: "C.UTF-8" },
    encoding: "utf8",
  });
  return status === 0 ? Number(stdout.trim()) : undefined;
}

/**
 * How far the installed wc can judge: `all`: it passes over what is not printable, as this tour does; `text`: it counts bytes
 * that are no text as parts of words (newer coreutils), so only clean text compares; `none`: it is another program.
 */
export function judgeOfWords(): "all" | "text" | "none" {
  const nonBreaking = gnuWc(Buffer.from("a\u00a0b\u2060c d"));
  if (nonBreaking !== 4) return "none";
  return gnuWc(Buffer.from([0xff])) === 0 ? "all" : "text";
}
