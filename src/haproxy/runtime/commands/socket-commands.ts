import { makeBlocking, receiveDescriptors, sendDescriptors } from "../../../sys/index.js";
import type { ListeningSocket } from "../../run/index.js";
import type { Command, CommandCall, Reply } from "../command.js";

const mostAtOnce = 252; // MAX_SEND_FD of HAProxy's receiving side
const waitMs = 1000;

/**
 * `_getsocks`, by which a new process asks for the sockets that this one listens at, over a socket with `expose-fd listeners` (cli.c):
 *
 *     "_getsocks\n" →
 *                   ← number of descriptors, 32 bits in the host's order
 *                   ← descriptors (SCM_RIGHTS), at most 252 at once; beside them for each: length (8 bits) and name of its namespace, length
 *                     (8 bits) and name of its interface, 32 bits of zeros
 *     4 bytes       →   after each message that others follow
 */
export const socketCommands: readonly Command[] = [
  { words: ["_getsocks"], usage: undefined, run: giveSockets },
];

function giveSockets({ host, session }: CommandCall): Reply {
  const { descriptor, exposesListeners } = session.describe();
  session.quit();
  const sockets = host.listeningSockets?.() ?? [];
  if (descriptor === undefined || exposesListeners !== true || sockets.length === 0) return undefined;
  const restore = makeBlocking(descriptor, waitMs);
  try {
    const count = Buffer.alloc(4);
    count.writeInt32LE(sockets.length);
    sendDescriptors(descriptor, count, []);
    for (let at = 0; at < sockets.length; at += mostAtOnce) {
      const some = sockets.slice(at, at + mostAtOnce);
      sendDescriptors(
        descriptor,
        describeSockets(some),
        some.map(({ fd }) => fd),
      );
      const last = at + mostAtOnce >= sockets.length;
      if (!last && receiveDescriptors(descriptor, 4).bytes.length === 0) break;
    }
  } finally {
    restore();
  }
  return undefined;
}

/** What goes beside the descriptors. */
export function describeSockets(sockets: readonly ListeningSocket[]): Buffer {
  const text = (name: string) => {
    const bytes = Buffer.from(name).subarray(0, 255);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  };
  return Buffer.concat(
    sockets.flatMap(({ namespace, interface: device }) => [text(namespace), text(device), Buffer.alloc(4)]),
  );
}
