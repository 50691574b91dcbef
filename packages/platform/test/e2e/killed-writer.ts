// Appends numbered records to a journal for ever, and tells each number once it is acknowledged.
import { writeSync } from "node:fs";
import { nodePlatform } from "@weftos/platform";

const platform = nodePlatform();
const path = process.argv[2];
if (path === undefined) throw new Error("expected the path of a journal");
const journal = await platform.openAppendLog(platform.files, path);
let next = 0;
for (;;) {
  const batch = Array.from({ length: 1 + (next % 7) }, async () => {
    const number = next;
    next += 1;
    await journal.append(new TextEncoder().encode(`${number}:${"x".repeat(number % 500)}`));
    writeSync(1, `${number}\n`);
  });
  await Promise.all(batch);
}
