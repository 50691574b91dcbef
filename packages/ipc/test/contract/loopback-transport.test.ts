/** The contract of `RemoteTransport` holds for two nodes in one program. */
import { remoteTransportContract } from "@weftos/testkit/contract";
import { Loopback } from "../loopback.ts";

remoteTransportContract("a loopback between two nodes", {
  async create() {
    const loopback = new Loopback();
    const { here, there, hereId, thereId } = loopback;
    return {
      here,
      there,
      hereId,
      thereId,
      cut: async () => loopback.cut(),
      restore: async () => loopback.restore(),
      dispose: async () => undefined,
    };
  },
});
