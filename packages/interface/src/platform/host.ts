/** What a lock and a banner must know of the machine and its processes. */
export interface Host {
  /** The operating system's id of this process. */
  readonly processId: number;
  readonly hostname: string;
  /** Changes with every start of the machine; undefined where the system does not tell. */
  readonly bootId: string | undefined;
  /** When a process of this machine started, in a form only good for comparing; undefined when there is none. */
  processStart(processId: number): Promise<string | undefined>;
  /** Tells whether a process of this machine lives. */
  isAlive(processId: number): boolean;
}
