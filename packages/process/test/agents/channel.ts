/** Writes what its input says into its own channel, past the client. */
import { writeSync } from "node:fs";
import { defineAgent } from "@weftos/interface";

const CHANNEL = 3;
const bytes: Record<string, () => Uint8Array> = {
  huge: () => new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]),
  empty: () => new Uint8Array([0, 0, 0, 0]),
  noText: () => new Uint8Array([0, 0, 0, 6, 0, 0, 0, 2, 0xff, 0x7b]),
  noMessage: () => frame([0, { type: "become-root" }]),
  noPlace: () => frame([3, { type: "entered" }]),
};

function frame(text: unknown): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(text));
  const made = new Uint8Array(8 + body.length);
  new DataView(made.buffer).setUint32(0, 4 + body.length);
  new DataView(made.buffer).setUint32(4, body.length);
  made.set(body, 8);
  return made;
}

export default defineAgent({
  name: "channel",
  async run(agent) {
    writeSync(CHANNEL, bytes[String(agent.input)]?.() ?? new Uint8Array());
    for await (const _ of agent.inbox);
  },
});
