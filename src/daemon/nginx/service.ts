import type { HttpRun } from "../../nginx/http/role.js";
import { startHttp } from "../../nginx/http/role.js";
import type { Prepared } from "./prepare.js";

/** All roles of a configuration, serving. */
export class Service {
  readonly prepared: Prepared;
  readonly #http: HttpRun | undefined;

  private constructor(prepared: Prepared, http: HttpRun | undefined) {
    this.prepared = prepared;
    this.#http = http;
  }

  /** Serves at sockets that become its own. */
  static async start(
    prepared: Prepared,
    socketOf: (address: string) => number | undefined,
  ): Promise<Service> {
    const { http, tlsOf, log } = prepared;
    return new Service(prepared, http && (await startHttp(http, { socketOf, tlsOf, log })));
  }

  /** Nothing is accepted any more; settled when the last connection has ended, or worker_shutdown_timeout has ended them. */
  async quit(): Promise<void> {
    const { shutdownTimeoutMs } = this.prepared.settings;
    const timer = shutdownTimeoutMs > 0 ? setTimeout(() => this.stop(), shutdownTimeoutMs) : undefined;
    await this.#http?.quit();
    clearTimeout(timer);
  }

  /** Ends all at once. */
  stop(): void {
    this.#http?.stop();
  }

  reopen(): void {
    const { files, errorLog } = this.prepared;
    files.reopen(undefined, (sentence) => errorLog.write("emerg", sentence));
  }
}
