import { manualClock } from "@weftos/testkit";
import { serviceDirectoryContract } from "@weftos/testkit/contract";
import { ServiceRegistry } from "../../src/service/service-registry.ts";

serviceDirectoryContract("the service registry", {
  create: async () => ({ services: new ServiceRegistry(manualClock()), dispose: async () => undefined }),
});
