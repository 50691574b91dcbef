/** Throws at once. */
import { defineAgent } from "@weftos/interface";

export default defineAgent({
  name: "crashes",
  async run() {
    throw new Error("planned");
  },
});
