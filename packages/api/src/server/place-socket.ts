/**
 * Chooses where the socket lies. A Unix socket's path has about a hundred bytes at most, and lies in a folder that only its
 * owner may enter: Node cannot set the mode of a socket before others could connect, so the folder keeps them out.
 */
import { platform, tmpdir } from "node:os";
import { toHex } from "@weftos/crypto";
import type { Files, Random } from "@weftos/interface";
import { endpointPaths } from "../wire/endpoint.ts";
import { ListenFailedError } from "./server-errors.ts";

const MAX_SOCKET_PATH_BYTES = 100;

/** Where the socket lies, and the folder made for it alone. */
export interface SocketPlace {
  readonly socket: string;
  readonly ownFolder: string | undefined;
}

/** What is asked of the kernel to place a socket. */
export interface PlacePorts {
  /** Files of the state directory. */
  readonly files: Files;
  readonly dir: string;
  /** Whether `files` are those of the machine: only there can a socket lie. */
  readonly persistent: boolean;
  /** Files of the machine. */
  readonly machine: Files;
  readonly random: Pick<Random, "bytes">;
}

/**
 * Makes the folders and gives the place; what a dead daemon left there is removed.
 *
 * @throws `API_LISTEN_FAILED` when others may enter the folder
 */
export async function placeSocket(ports: PlacePorts): Promise<SocketPlace> {
  const { files, dir, machine } = ports;
  const paths = endpointPaths(dir);
  await files.makeFolder(paths.run, { mode: 0o700 });
  const name = `weftos-${toHex(ports.random.bytes(8))}`;
  if (platform() === "win32") return { socket: `\\\\.\\pipe\\${name}`, ownFolder: undefined };
  if (ports.persistent && new TextEncoder().encode(paths.socket).length <= MAX_SOCKET_PATH_BYTES) {
    await checkPrivate(files, paths.run);
    // The lock of the state directory says that no other kernel lives here.
    await files.remove(paths.socket).catch(() => undefined);
    return { socket: paths.socket, ownFolder: undefined };
  }
  const folder = `${tmpdir()}/${name}`;
  await machine.makeFolder(folder, { mode: 0o700 });
  await checkPrivate(machine, folder);
  return { socket: `${folder}/socket`, ownFolder: folder };
}

async function checkPrivate(files: Files, folder: string): Promise<void> {
  const entry = await files.stat(folder);
  if (entry?.kind === "folder" && (entry.mode & 0o077) === 0) return;
  throw new ListenFailedError("the folder of the socket must be its owner's alone (mode 0700)", {
    details: { reason: "FOLDER_OPEN" },
  });
}
