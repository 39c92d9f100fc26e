import { createServer, type ListenOptions as NetListenOptions, type Server } from "node:net";
import { type Accepted, acceptFrom, serverHandle } from "./accept.js";
import { endpointOf, pathEndpoint } from "./endpoint.js";
import type { ListenOptions, WireListener } from "./listen.js";
import { native } from "./native.js";
import type { Endpoint } from "./wire.js";

/** A listening socket of node:net, which can be paused: connections wait in the kernel meanwhile. */
export class PlainListener implements WireListener {
  readonly addresses: readonly Endpoint[];
  readonly #wanted: (source: Endpoint, destination: Endpoint) => boolean;
  readonly #accepted: (each: Accepted) => void;
  readonly #backlog: number;
  #server: Server | undefined;
  /** The socket's second descriptor, which keeps it while nothing accepts. */
  #kept = -1;
  #closed = false;
  #paused = false;

  private constructor(
    server: Server,
    bound: Endpoint,
    backlog: number,
    wanted: (source: Endpoint, destination: Endpoint) => boolean,
    accepted: (each: Accepted) => void,
  ) {
    this.#server = server;
    this.addresses = [bound];
    this.#backlog = backlog;
    this.#wanted = wanted;
    this.#accepted = accepted;
    acceptFrom(server, bound, wanted, accepted);
  }

  static async open(
    options: ListenOptions,
    wanted: (source: Endpoint, destination: Endpoint) => boolean,
    accepted: (each: Accepted) => void,
  ): Promise<PlainListener> {
    const backlog = options.backlog ?? 1024;
    const where: NetListenOptions & { fd?: number } = { backlog, exclusive: true };
    if (options.fd !== undefined) where.fd = options.fd;
    else if (options.path !== undefined) where.path = options.path;
    else {
      if (options.host !== undefined) where.host = options.host;
      where.port = options.port ?? 0;
      if (options.ipv6Only !== undefined) where.ipv6Only = options.ipv6Only;
    }
    const server = await opened(where);
    return new PlainListener(server, boundTo(server, options), backlog, wanted, accepted);
  }

  /** The listening descriptor, to be given to another process or thread; undefined where Node hides it. */
  get fd(): number | undefined {
    if (this.#kept >= 0) return this.#kept;
    const fd = this.#server === undefined ? undefined : serverHandle(this.#server)?.fd;
    return fd !== undefined && fd >= 0 ? fd : undefined;
  }

  /** Where descriptors can't be duplicated (no koffi), connections are refused rather than left waiting. */
  pause(): void {
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    const fd = this.fd;
    if (fd !== undefined && native !== undefined) this.#kept = native.duplicate(fd);
    if (this.#kept >= 0) {
      this.#server?.close();
      this.#server = undefined;
    }
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    const fd = this.#kept;
    if (fd < 0) return;
    this.#kept = -1;
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    server.on("error", () => {});
    server.listen({ fd, backlog: this.#backlog, exclusive: true });
    this.#server = server;
    acceptFrom(server, this.addresses[0] as Endpoint, this.#wanted, this.#accepted);
  }

  get paused(): boolean {
    return this.#paused;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server?.close();
    if (this.#kept >= 0) native?.close(this.#kept);
    this.#kept = -1;
  }
}

function opened(where: NetListenOptions & { fd?: number }): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(where, () => {
      server.off("error", fail);
      server.on("error", () => {}); // a failed accept (EMFILE …) isn't the listener's end
      done(server);
    });
  });
}

function boundTo(server: Server, options: ListenOptions): Endpoint {
  const address = server.address();
  if (typeof address === "string") return pathEndpoint(address);
  if (address === null) return pathEndpoint(options.path ?? "");
  return endpointOf(address.address, address.port);
}
