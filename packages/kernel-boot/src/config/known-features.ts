/** Every feature of WeftOS and its package, so that a section of one that is not there is answered with what to install. */
export const KNOWN_FEATURES: Readonly<Record<string, string>> = {
  process: "@weftos/process",
  ipc: "@weftos/ipc",
  exochain: "@weftos/exochain",
  governance: "@weftos/governance",
  tools: "@weftos/tools",
  api: "@weftos/api",
  wasm: "@weftos/wasm",
  ecc: "@weftos/ecc",
  containers: "@weftos/containers",
  app: "@weftos/app",
  mesh: "@weftos/mesh",
  agent: "@weftos/agent",
};
