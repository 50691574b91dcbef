/** What can be limited of one process; a restart begins anew. */
export type LimitName = "memoryBytes" | "diskBytes" | "cpuMs" | "wallMs" | "messages" | "toolCalls";

/**
 * The most that one process may use. At 80 % it is warned, at 100 % it is ended with the reason `limit`; 0 and what is not named are
 * unlimited, but for `memoryBytes`, which is 256 MiB where it is not named and the backend can hold it, and `diskBytes`, what it keeps as
 * its state, which is 100 MiB where it is not named, and 256 MiB at most.
 *
 * An inline agent shares the kernel's heap and thread: its `memoryBytes` and `cpuMs` cannot be told from the kernel's, and a spawn
 * that asks for them is refused; `worker` and `process` hold them.
 */
export type ResourceLimits = { readonly [Name in LimitName]?: number | undefined };
