#!/usr/bin/env node
// The entry of the installed command. Plain old JavaScript: on a Node that is too old it must still run and say so.
const NEEDED = [22, 18];
const found = process.versions.node.split(".").map(Number);

if (found[0] > NEEDED[0] || (found[0] === NEEDED[0] && found[1] >= NEEDED[1])) {
  import("../dist/main.js").catch((error) => {
    process.stderr.write("weaver cannot start: " + String(error) + "\n");
    process.exitCode = 1;
  });
} else {
  process.stderr.write(
    "weaver needs Node.js " + NEEDED.join(".") + " or newer, and this is " + process.versions.node + ".\n",
  );
  process.exitCode = 1;
}
