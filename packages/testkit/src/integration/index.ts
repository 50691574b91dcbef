/**
 * The suite that every feature passes: see `integrationContract`.
 *
 * @packageDocumentation
 */
export { type IntegrationCase, integrationContract } from "./integration-contract.ts";
