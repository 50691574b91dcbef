import { principalsContract } from "@weftos/testkit/contract";
import { startDouble } from "../kernel-double.ts";
import { admin, known, signerOf } from "../people.ts";

principalsContract("the journal of principals", {
  async create() {
    const kernel = await startDouble();
    for (const name of ["ann", "bob", "eve"]) await known(kernel, name);
    await kernel.method("principal.revoke").call({ name: "eve" }, admin);
    const { token } = (await kernel.method("principal.token").call({ name: "ann" }, admin)) as { token: string };
    return {
      principals: kernel.governance.principals,
      token,
      sign: (name, message) => signerOf(name).sign(message),
      revokeBob: async () => void (await kernel.method("principal.revoke").call({ name: "bob" }, admin)),
      dispose: () => kernel.stop(),
    };
  },
});
