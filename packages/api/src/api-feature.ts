/** Wires the server of the method table into a kernel. */
import { type Feature, isWeftError, type Late, methodTable, type Principals, principals } from "@weftos/interface";
import { SocketServer } from "./server/socket-server.ts";

/** `kernel.api`. */
export interface Api {
  /** Path of the socket, or name of the pipe; undefined while it is not open. */
  readonly socket: string | undefined;
  /** Clients connected now. */
  readonly connections: number;
}

/**
 * Serves the kernel's methods as JSON-RPC 2.0 on a local socket: `kernel.api`.
 *
 * @example
 * ```ts no-run
 * const kernel = await Kernel.boot({ dir: ".weftos", features: [api()] });
 * // elsewhere: const client = await connect(files, ".weftos", { clock });
 * ```
 */
export function api(): Feature<"api", Api> {
  return {
    name: "api",
    package: "@weftos/api",
    provides: [],
    needs: [methodTable],
    uses: [principals],
    actions: [],
    events: [],
    create(context) {
      const people = context.use(principals);
      const server = new SocketServer({
        methods: context.need(methodTable),
        files: context.files,
        dir: context.dir,
        persistent: context.persistent,
        machine: context.platform.files,
        clock: context.clock,
        random: context.random,
        logger: context.logger,
        processId: context.platform.host.processId,
        principals: () => known(people),
      });
      return {
        api: server,
        provisions: [],
        methods: [],
        async start(signal) {
          await server.start(signal);
          context.report("network", `listening on ${server.socket}`);
        },
        stop: (signal) => server.stop(signal),
      };
    },
  };
}

/** A kernel without governance knows nobody but its owner. */
function known(people: Late<Principals>): Principals | undefined {
  try {
    return people();
  } catch (error) {
    if (isWeftError(error, "PORT_NOT_READY")) return undefined;
    throw error;
  }
}
