import {
  AF_UNIX,
  close,
  connect,
  makeBlocking,
  receiveDescriptors,
  SOCK_STREAM,
  sendTo,
  socket,
  unixAddress,
} from "../../sys/index.js";

/**
 * Asks a process that runs, ours or a real HAProxy, for the sockets that it listens at (`_getsocks` at a stats socket that has `expose-fd listeners`).
 *
 *     "_getsocks\n" →
 *                   ← number of descriptors, 32 bits in the host's order
 *                   ← descriptors (SCM_RIGHTS), at most 253 at once; for each: length and name of the namespace, length and name of the
 *                     interface, 4 bytes of zeros. What we need of that, the kernel tells of the socket itself.
 *     4 bytes       →   after each such message
 *
 * @throws Error with a sentence
 */
export function oldSockets(path: string): number[] {
  const fd = socket(AF_UNIX, SOCK_STREAM);
  const got: number[] = [];
  try {
    try {
      connect(fd, unixAddress(path.startsWith("abns@") ? `@${path.slice(5)}` : path.replace(/^unix@/, "")));
    } catch (error) {
      throw new Error(`Failed to connect to the old process socket '${path}'`, { cause: error });
    }
    makeBlocking(fd, 1000);
    const few = "Failed to get the number of sockets to be transferred !";
    let wanted: number;
    try {
      sendTo(fd, Buffer.from("_getsocks\n"));
      const { bytes } = receiveDescriptors(fd, 4, { all: true });
      if (bytes.length !== 4) throw new Error(few);
      wanted = bytes.readInt32LE(0);
    } catch (error) {
      throw new Error(few, { cause: error });
    }
    while (got.length < wanted) {
      const { bytes, descriptors } = receiveDescriptors(fd, 65_536);
      if (bytes.length === 0) break;
      got.push(...descriptors);
      try {
        sendTo(fd, Buffer.alloc(4));
      } catch {
        // Who has sent all has hung up already.
      }
    }
    if (got.length !== wanted)
      throw new Error(`We didn't get the expected number of sockets (expecting ${wanted} got ${got.length})`);
    return got;
  } catch (error) {
    for (const each of got) close(each);
    throw error;
  } finally {
    close(fd);
  }
}
