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
  texts() {
    const held: string[] = [];
    for (;;) held.push("x".repeat(1e6) + held.length);
  },
  timers() {
    const held: unknown[] = [];
    for (;;) held.push(setTimeout(() => 0, 1e6));
  },
  properties() {
    const held: Record<string, number> = {};
    for (let index = 0; ; index += 1) held[`p${index}`] = index;
  },
  output() {
    for (;;) process.stdout.write("x".repeat(1000));
  },
  promises() {
    for (;;) void Promise.resolve().then(() => new Array(1000));
  },
  turns() {
    const held: number[][] = [];
    setInterval(() => held.push(new Array(1_000_000).fill(0)), 1);
  },
};

export default defineAgent({
  name: "bombs",
  async run(agent) {
    ways[String(agent.input)]?.();
    await new Promise(() => undefined);
  },
});
