// Raised when sealed bytes do not open. Wrong key, wrong associated data and changed bytes cannot be told apart:
// authenticated encryption has one answer for all of them.
import { WeftError } from "@weftos/interface";

/** Says that sealed bytes cannot be opened with this key and this associated data. */
export class SealBrokenError extends WeftError<{ reason: "format" | "authentication"; sealedBytes: number }> {
  override readonly code = "CONFIG_SEAL_BROKEN";

  constructor(reason: "format" | "authentication", sealedBytes: number, cause?: unknown) {
    super(
      reason === "format"
        ? `sealed bytes: expected a version 1 frame of at least 29 bytes, got something else of ${sealedBytes} bytes`
        : "sealed bytes do not open: the key or the associated data differ, or the bytes were changed",
      { details: { reason, sealedBytes }, cause },
    );
  }
}
