import { createServer, type Server, type Socket } from "node:net";
import { RondoError } from "../../errors.js";
import { contains, type Prefix } from "../../ipvs/prefix.js";
import { IpAddress } from "../../wire/address.js";

/** Where the agent listens, and to whom. */
export interface ListenOptions {
  readonly port: number;
  /** Addresses of this host; without any all of both families. */
  readonly addresses: readonly IpAddress[];
  /** Who is answered; without any everybody. */
  readonly allow: readonly Prefix[];
}

/** How many are answered at once, for each address; more are turned away. */
const mostAtOnce = 64;
/** How long one who asks may take to read the answer, in milliseconds. */
const patience = 2000;

/** The sockets by which the agent answers. */
export class Listeners {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #allow: readonly Prefix[];
  readonly #line: () => Promise<string>;
  #answered = 0;
  #refused = 0;

  /** `line` gives the answer, with its line end. */
  constructor(allow: readonly Prefix[], line: () => Promise<string>) {
    this.#allow = allow;
    this.#line = line;
  }

  /** @throws RondoError "port-taken", "no-listen" */
  async open({ port, addresses }: Pick<ListenOptions, "port" | "addresses">): Promise<void> {
    try {
      if (addresses.length > 0) for (const address of addresses) await this.#listen(`${address}`, port);
      else {
        await this.#listen("0.0.0.0", port);
        await this.#listen("::", port).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== "EAFNOSUPPORT" && error.code !== "EADDRNOTAVAIL") throw error;
        });
      }
    } catch (error) {
      this.close();
      throw refusal(error as NodeJS.ErrnoException, port);
    }
  }

  /** How many were answered, and how many turned away. */
  get counts(): { answered: number; refused: number } {
    return { answered: this.#answered, refused: this.#refused };
  }

  /** Listens no more, and leaves those that are being answered. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #listen(host: string, port: number): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    server.maxConnections = mostAtOnce;
    server.on("drop", () => this.#refused++);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, ipv6Only: host.includes(":") }, () => {
        server.off("error", reject);
        // Too many open files: those that ask have to come again.
        server.on("error", () => {});
        this.#servers.push(server);
        resolve();
      });
    });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.on("close", () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    if (!this.#mayAsk(socket.remoteAddress)) {
      this.#refused++;
      socket.resetAndDestroy();
      return;
    }
    // What is sent (HAProxy's agent-send) says nothing here; unread, it would make the kernel reset the connection.
    socket.resume();
    this.#answered++;
    void this.#line().then((line) => socket.end(line));
  }

  #mayAsk(text: string | undefined): boolean {
    if (this.#allow.length === 0) return true;
    // A link-local address is followed by its interface.
    const address = IpAddress.parse((text ?? "").replace(/%.*$/, ""));
    return address !== undefined && this.#allow.some((prefix) => contains(prefix, address));
  }
}

function refusal(error: NodeJS.ErrnoException & { address?: string }, port: number): Error {
  const at = error.address === undefined ? "" : ` at ${error.address}`;
  if (error.code === "EADDRINUSE")
    return new RondoError(
      "port-taken",
      `port ${port} is taken${at}: an agent, or something else, listens there`,
      {
        remedy: `See what by \`ss -ltnp sport = :${port}\`, or take another port by --port.`,
        cause: error,
      },
    );
  if (error.code === "EADDRNOTAVAIL")
    return new RondoError("no-listen", `${error.address ?? "the address"} is none of this host's`, {
      cause: error,
    });
  return new RondoError("no-listen", `the agent can't listen${at}, port ${port}: ${error.message}`, {
    cause: error,
  });
}
