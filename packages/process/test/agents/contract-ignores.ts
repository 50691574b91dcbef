/** Never ends, whatever it is told. */
import { defineAgent } from "@weftos/interface";

export default defineAgent({
  name: "ignores",
  run: () => new Promise<void>(() => setInterval(() => undefined, 1000)),
});
