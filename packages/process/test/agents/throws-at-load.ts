/** A module that fails while it loads. */
throw new Error("no licence found");
