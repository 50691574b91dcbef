/** Takes memory without end, in the way that its input says. */
import { defineAgent } from "@weftos/interface";

const ways: Readonly<Record<string, () => void>> = {
  arrays() {
    const held: number[][] = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  },
  buffers() {
    const held: Buffer[] = [];
    while (held.length < 16) held.push(Buffer.alloc(16_777_216, 1));
    while (held.length > 0);
  },
};

export default defineAgent({
  name: "bombs",
  async run(agent) {
    ways[String(agent.input)]?.();
  },
});
