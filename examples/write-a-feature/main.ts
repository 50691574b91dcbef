// The feature in a kernel: its API is a typed property, its action is on the chain.
import { Kernel } from "weftos";
import { lamp } from "./lamp.ts";

const kernel = await Kernel.boot({ features: [lamp()] });
await kernel.lamp.switch(true);
const switched = (await kernel.exochain.tail(20)).find((event) => event.kind === "lamp.switch");
console.log("the lamp is", kernel.lamp.on ? "on" : "off", "and the chain says so in event", switched?.sequence);
if (switched === undefined) process.exitCode = 1;
await kernel.shutdown();
