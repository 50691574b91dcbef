/**
 * Node opens its inspector at the signal SIGUSR1, and whoever reaches that runs code in the program. The permission model does not bind
 * signals, so an agent in a process of its own could send it to its host.
 */

/** Whether the signal opens the inspector of this program: nobody listens for it, and no flag disables it. */
export async function opensInspector(): Promise<boolean> {
  const { default: node } = await import("node:process");
  const flags = [...node.execArgv, ...(node.env.NODE_OPTIONS ?? "").split(/\s+/)];
  return node.platform !== "win32" && node.listenerCount("SIGUSR1") === 0 && !flags.includes("--disable-sigusr1");
}
