/** What can be limited of one process; a restart begins anew. */
export type LimitName = "memoryBytes" | "diskBytes" | "cpuMs" | "wallMs" | "messages" | "toolCalls";

/**
 * The most that one process may use. At 80 % it is warned, at 100 % it is ended with the reason `limit`; 0 and what is not named are
 * unlimited, but for `memoryBytes`, which is then 256 MiB where the backend can hold it, and `diskBytes`, what the kernel keeps of its
 * state, which the configuration bounds.
 *
 * An inline agent shares the kernel's heap and thread: its `memoryBytes` and `cpuMs` cannot be told from the kernel's, and a spawn
 * that asks for them is refused; `worker` and `process` hold them.
 */
export type ResourceLimits = { readonly [Name in LimitName]?: number | undefined };
