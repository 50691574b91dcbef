import { principalsContract } from "@weftos/testkit/contract";
import { startDouble } from "../kernel-double.ts";
import { host, keyOf, known, signerOf } from "../people.ts";

principalsContract("the journal of principals", {
  async create() {
    const kernel = await startDouble();
    const ann = { name: "ann", role: "admin", key: keyOf("ann"), owner: true, branches: ["executive"] };
    await kernel.method("principal.add").call(ann, host);
    for (const name of ["bob", "eve"]) await known(kernel, name);
    await kernel.method("principal.revoke").call({ name: "eve" }, host);
    const { token } = (await kernel.method("principal.token").call({ name: "ann" }, host)) as { token: string };
    return {
      principals: kernel.governance.principals,
      token,
      sign: (name, message) => signerOf(name).sign(message),
      revokeBob: async () => void (await kernel.method("principal.revoke").call({ name: "bob" }, host)),
      dispose: () => kernel.stop(),
    };
  },
});
