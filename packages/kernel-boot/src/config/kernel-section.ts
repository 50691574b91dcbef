/** The kernel's own section of the configuration, `[kernel]`. */
import { z } from "@weftos/schema";

/** How long a feature may take to start unless told otherwise, in milliseconds. */
export const DEFAULT_START_TIMEOUT_MS = 10_000;
/** How long a feature may take to stop unless told otherwise, in milliseconds. */
export const DEFAULT_STOP_TIMEOUT_MS = 10_000;

const timeout = z.int().check(z.minimum(1), z.maximum(3_600_000));

export const kernelSection = z.lazy(() =>
  z.strictObject({
    /** `development`, `staging`, `production` or a name that a governance policy knows. */
    environment: z._default(z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/)), "development"),
    /** Longest start of one feature, in milliseconds. */
    startTimeoutMs: z._default(timeout, DEFAULT_START_TIMEOUT_MS),
    /** Longest stop of one feature, in milliseconds. */
    stopTimeoutMs: z._default(timeout, DEFAULT_STOP_TIMEOUT_MS),
    /** Log levels: `info` or `ipc=trace,process=debug`. */
    logLevels: z._default(z.string().check(z.maxLength(4096)), "info"),
  }),
);

export type KernelSection = z.infer<typeof kernelSection>;
