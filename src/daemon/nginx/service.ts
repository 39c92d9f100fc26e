import type { HttpRun } from "../../nginx/http/role.js";
import { startHttp } from "../../nginx/http/role.js";
import { runStream, type StreamRun } from "../../nginx/stream/index.js";
import { keepObjectsYoung } from "../engine-flags.js";
import type { Prepared } from "./prepare.js";
import { socketName } from "./sockets.js";

/** All roles of a configuration, serving. */
export class Service {
  readonly prepared: Prepared;
  readonly #roles: readonly (HttpRun | StreamRun)[];

  private constructor(prepared: Prepared, roles: readonly (HttpRun | StreamRun)[]) {
    this.prepared = prepared;
    this.#roles = roles;
  }

  /** Serves at sockets that become its own. */
  static async start(
    prepared: Prepared,
    socketOf: (address: string) => number | undefined,
  ): Promise<Service> {
    const { http, stream, streamLog, tlsOf, log } = prepared;
    keepObjectsYoung();
    const roles: (HttpRun | StreamRun)[] = [];
    if (http !== undefined)
      roles.push(
        await startHttp(http, { socketOf, tlsOf, log, mostConnections: prepared.settings.connections }),
      );
    if (stream !== undefined) {
      const names = stream.servers.flatMap(({ listens }) => listens.map(socketName));
      const found = names.map((name) => [name, socketOf(name)] as const);
      const descriptors = new Map(found.filter((each): each is [string, number] => each[1] !== undefined));
      roles.push(await runStream(stream, { log: streamLog, descriptors }));
    }
    return new Service(prepared, roles);
  }

  /** Nothing is accepted any more; settled when the last connection has ended, or worker_shutdown_timeout has ended them. */
  async quit(): Promise<void> {
    const { shutdownTimeoutMs } = this.prepared.settings;
    const timer = shutdownTimeoutMs > 0 ? setTimeout(() => this.stop(), shutdownTimeoutMs) : undefined;
    await Promise.all(this.#roles.map((role) => role.quit()));
    clearTimeout(timer);
  }

  /** Ends all at once. */
  stop(): void {
    for (const role of this.#roles) role.stop();
  }

  reopen(): void {
    const { files, errorLog } = this.prepared;
    files.reopen(undefined, (sentence) => errorLog.write("emerg", sentence));
  }
}
