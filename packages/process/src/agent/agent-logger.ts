/** The log of one agent: each line carries who wrote it. */
import type { LogFields, Logger, LogLevel, Pid } from "@weftos/interface";

export class AgentLogger implements Logger {
  readonly #logger: Logger;
  readonly #processId: Pid;
  readonly #agent: string;

  constructor(logger: Logger, processId: Pid, agent: string) {
    this.#logger = logger;
    this.#processId = processId;
    this.#agent = agent;
  }

  trace(message: string, fields?: LogFields): void {
    this.#logger.trace(message, this.#fields(fields));
  }

  debug(message: string, fields?: LogFields): void {
    this.#logger.debug(message, this.#fields(fields));
  }

  info(message: string, fields?: LogFields): void {
    this.#logger.info(message, this.#fields(fields));
  }

  warn(message: string, fields?: LogFields): void {
    this.#logger.warn(message, this.#fields(fields));
  }

  error(message: string, fields?: LogFields): void {
    this.#logger.error(message, this.#fields(fields));
  }

  enabled(level: LogLevel): boolean {
    return this.#logger.enabled(level);
  }

  #fields(fields: LogFields | undefined): LogFields {
    return { ...fields, processId: this.#processId, agent: this.#agent };
  }
}
