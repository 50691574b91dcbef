/** A disk that takes its time: what is appended to one log waits until it is let go. */
import type { TestPlatform } from "@weftos/testkit";

export interface HeldLog {
  readonly platform: TestPlatform;
  /** From now on appends wait. */
  hold(): void;
  /** They wait no more. */
  release(): void;
}

/** @param name - of the log below the state directory */
export function heldLog(on: TestPlatform, name: string): HeldLog {
  let disk = Promise.resolve();
  let release = (): void => undefined;
  const openAppendLog: TestPlatform["openAppendLog"] = async (files, path, options) => {
    const log = await on.openAppendLog(files, path, options);
    const append = log.append.bind(log);
    if (path.endsWith(`/${name}`)) log.append = (record) => disk.then(() => append(record));
    return log;
  };
  return {
    platform: { ...on, openAppendLog },
    hold() {
      disk = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
  };
}
