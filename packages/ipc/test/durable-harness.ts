/** A router with its journals on a disk in memory that a test can crash. */
import type { Logger } from "@weftos/interface";
import { memoryPlatform, seededRandom, type TestPlatform } from "@weftos/testkit";
import { DeadLetterFile } from "../src/dead-letter/dead-letter-file.ts";
import { Outbox } from "../src/delivery/outbox.ts";
import { MessageIds } from "../src/message/message-ids.ts";
import { DurableTopics } from "../src/topic/durable-topics.ts";
import { setUp } from "./router-harness.ts";

const silent: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  enabled: () => false,
};

/** Boots messaging on a platform: a new one, or one after a crash. */
export async function boot(platform: TestPlatform = memoryPlatform({ seed: 5 }), maxBytes?: number) {
  const kernel = setUp(platform.clock);
  const context = { platform, files: platform.files, dir: "/w", logger: silent, clock: platform.clock };
  const ids = new MessageIds(seededRandom(platform.host.processId));
  const { router, topics, deadLetters } = kernel;
  const letters = new DeadLetterFile(context, deadLetters);
  const outbox = new Outbox({ context, ids, router, lettersKept: () => letters.flush(), maxBytes });
  const durables = new DurableTopics({
    context,
    ids,
    topics,
    lost: (message, pid) => router.bury(message, "retention", pid),
  });
  router.keepWith({ outbox, durables });
  await platform.files.makeFolder("/w/journal");
  await letters.open();
  await outbox.open();
  await durables.open();
  outbox.resume();
  return { ...kernel, platform, outbox, durables, letters };
}
