import { connect as connectNode, Socket } from "node:net";
import {
  close,
  connect,
  getOption,
  inetAddress,
  SO_ERROR,
  SOCK_STREAM,
  SOL_SOCKET,
  SystemError,
} from "../../sys/index.js";
import { type Connection, ownSocket } from "./own-socket.js";
import type { AskWorld } from "./question.js";

/** A connection that is being made. */
export interface Opening {
  /** Gives it up. Does nothing once it is made or has failed. */
  abandon(): void;
}

/**
 * Connects. One of the two is called, once and never at once, unless it is abandoned; the socket then belongs to who is called.
 * Node's sockets know no marks and no interfaces: such a connection is made by system calls, and Node is given the descriptor.
 */
export function openStream(
  connection: Connection,
  world: AskWorld,
  done: (socket: Socket) => void,
  failed: (error: unknown) => void,
): Opening {
  if (connection.mark || connection.bind?.interface) return openOwn(connection, world, done, failed);
  const { connect: to, bind } = connection;
  let over = false;
  const finish = (then: () => void) => {
    if (over) return;
    over = true;
    then();
  };
  const socket = connectNode({
    host: `${to.address}`,
    port: to.port,
    family: to.address.family,
    ...(bind?.address && { localAddress: `${bind.address}` }),
    ...(bind?.port && { localPort: bind.port }),
  });
  // Stays for good: an error may still come after the end.
  socket.on("error", (error) => finish(() => failed(error)));
  socket.once("connect", () => finish(() => done(socket)));
  return { abandon: () => finish(() => socket.destroy()) };
}

function openOwn(
  connection: Connection,
  world: AskWorld,
  done: (socket: Socket) => void,
  failed: (error: unknown) => void,
): Opening {
  let fd: number;
  try {
    fd = ownSocket(connection, SOCK_STREAM);
  } catch (error) {
    return later(() => failed(error));
  }
  try {
    connect(fd, inetAddress(connection.connect.address.bytes, connection.connect.port));
    const sockets = world.sockets();
    let over = false;
    const leave = () => {
      over = true;
      sockets.remove(fd);
    };
    sockets.add(
      fd,
      () => {
        if (over) return;
        leave();
        const errno = getOption(fd, SOL_SOCKET, SO_ERROR).readInt32LE(0);
        if (errno !== 0) {
          close(fd);
          return failed(new SystemError("connect", errno));
        }
        done(adopt(fd));
      },
      { write: true },
    );
    return {
      abandon() {
        if (over) return;
        leave();
        close(fd);
      },
    };
  } catch (error) {
    close(fd);
    return later(() => failed(error));
  }
}

/** From here on Node closes it. */
function adopt(fd: number): Socket {
  const socket = new Socket({ fd, readable: true, writable: true });
  socket.on("error", () => {});
  return socket;
}

function later(call: () => void): Opening {
  const timer = setImmediate(call);
  return { abandon: () => clearImmediate(timer) };
}
