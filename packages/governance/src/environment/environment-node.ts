/** The nodes of governance in the resource tree. */
import type { ResourceSource } from "@weftos/interface";
import type { Environment } from "./environment.ts";

/** Gives them for the configured environment; what is a fraction is text there. */
export function environmentNodes(environment: Environment): ResourceSource {
  const { name, threshold, humanApproval, auditLevel, maxMagnitude } = environment;
  const metadata = {
    threshold: String(threshold),
    humanApproval,
    auditLevel,
    maxMagnitude: String(maxMagnitude),
  };
  return {
    owner: "governance",
    resources: () => [
      { path: "/kernel/services/governance", kind: "service" },
      { path: `/environments/${name}`, kind: "environment", metadata },
    ],
  };
}
