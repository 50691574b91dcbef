export * from "./writer/open-chain.ts";
