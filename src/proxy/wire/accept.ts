import { type Server, Socket } from "node:net";
import { endpointOf, noEndpoint } from "./endpoint.js";
import { NetWire, sharedRead } from "./net-wire.js";
import type { Endpoint, SocketWire, WireInfo } from "./wire.js";

/** A connection's handle, as node:net's server is given it. */
interface ConnectionHandle {
  getpeername?(out: AddressOut): number;
  getsockname?(out: AddressOut): number;
  setNoDelay?(on: boolean): number;
  close(): void;
}

interface AddressOut {
  address?: string;
  port?: number;
}

interface ServerHandle {
  onconnection?: (error: number, handle: ConnectionHandle | undefined) => void;
  readonly fd?: number;
}

/** A connection as it was accepted, of which nothing has been read: it becomes a wire, or a socket of node:net's (for TLS). */
export interface Accepted {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  wire(info: WireInfo): SocketWire;
  socket(): Socket;
}

class AcceptedSocket implements Accepted {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly #socket: Socket;
  readonly #direct: boolean;

  /** @param direct it reads by `sharedRead`. */
  constructor(socket: Socket, direct: boolean, source: Endpoint, destination: Endpoint) {
    this.#socket = socket;
    this.#direct = direct;
    this.source = source;
    this.destination = destination;
  }

  wire(info: WireInfo): SocketWire {
    return new NetWire(this.#socket, info, this.#direct);
  }

  socket(): Socket {
    return this.#socket;
  }
}

/** The handle under a server that listens; undefined where this Node hides it. */
export function serverHandle(server: Server): ServerHandle | undefined {
  const handle = (server as unknown as { _handle?: ServerHandle | null })._handle;
  return handle ?? undefined;
}

/**
 * Gives each connection of a listening server to `accepted`; `wanted` is asked before a socket is made.
 *
 * A socket made by net.Server reads into a new buffer each time: `onread` is an option of sockets, not of servers. So the server's
 * handle is asked for connections itself, and sockets are made here. Where this Node's handle isn't as expected, the server's own event does it.
 */
export function acceptFrom(
  server: Server,
  bound: Endpoint,
  wanted: (source: Endpoint, destination: Endpoint) => boolean,
  accepted: (each: Accepted) => void,
): void {
  const handle = serverHandle(server);
  const destinationIsBound =
    bound.family === 0 || (bound.host !== "0.0.0.0" && bound.host !== "::" && bound.host !== "");
  if (handle?.onconnection === undefined) {
    server.on("connection", (socket: Socket) => {
      const source = sourceOf(socket.remoteAddress, socket.remotePort, bound);
      const destination = destinationIsBound ? bound : endpointOf(socket.localAddress, socket.localPort);
      if (!wanted(source, destination)) socket.destroy();
      else accepted(new AcceptedSocket(socket, false, source, destination));
    });
    return;
  }
  handle.onconnection = (error, connection) => {
    if (error !== 0 || connection === undefined) {
      if (error !== 0)
        server.emit("error", Object.assign(new Error(`accept failed: ${error}`), { errno: error }));
      return;
    }
    const peer: AddressOut = {};
    connection.getpeername?.(peer);
    const source = sourceOf(peer.address, peer.port, bound);
    let destination = bound;
    if (!destinationIsBound) {
      const own: AddressOut = {};
      connection.getsockname?.(own);
      destination = endpointOf(own.address, own.port);
    }
    if (!wanted(source, destination)) {
      connection.close();
      return;
    }
    connection.setNoDelay?.(true);
    const socket = new Socket({
      handle: connection,
      allowHalfOpen: true,
      manualStart: true,
      readable: true,
      writable: true,
      onread: sharedRead,
    } as unknown as ConstructorParameters<typeof Socket>[0]);
    accepted(new AcceptedSocket(socket, true, source, destination));
  };
}

function sourceOf(address: string | undefined, port: number | undefined, bound: Endpoint): Endpoint {
  return bound.family === 0 ? noEndpoint : endpointOf(address, port);
}
