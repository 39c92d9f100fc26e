import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { SyncSettings } from "./settings.js";

const usualBuffer = 1 << 20;

function create({ group }: SyncSettings): Socket {
  return createSocket({ type: group.family === 4 ? "udp4" : "udp6", reuseAddr: true });
}

/** As node:dgram wants an interface named. */
const interfaceText = ({ group, interfaceAddress, interfaceName }: SyncSettings): string =>
  group.family === 4 ? interfaceAddress.toString() : `::%${interfaceName}`;

/** A link-local address says its interface, too. */
export const scoped = (address: string, { interfaceName }: SyncSettings): string =>
  /^fe[89ab]/i.test(address) ? `${address.split("%")[0]}%${interfaceName}` : address;

/** What a master sends from: bound to the interface's address, as the kernel's is. */
export async function openSender(settings: SyncSettings): Promise<Socket> {
  const socket = create(settings);
  socket.on("error", () => {}); // what can't be sent now is told by send's callback
  socket.bind({ address: scoped(settings.interfaceAddress.toString(), settings), port: 0 });
  await once(socket, "listening");
  socket.setMulticastInterface(interfaceText(settings));
  socket.setMulticastTTL(settings.ttl);
  socket.setMulticastLoopback(false);
  if (settings.bufferSize > 0) socket.setSendBufferSize(settings.bufferSize);
  return socket;
}

/** Takes what comes to the group, at each of its ports. */
export async function openReceivers(settings: SyncSettings): Promise<Socket[]> {
  const sockets: Socket[] = [];
  try {
    for (let i = 0; i < settings.ports; i++) {
      const socket = create(settings);
      sockets.push(socket);
      const { group, port } = settings;
      const address = group.family === 4 ? group.toString() : `${group}%${settings.interfaceName}`;
      socket.bind({ address, port: port + i });
      await once(socket, "listening");
      socket.on("error", () => {});
      socket.addMembership(group.toString(), interfaceText(settings));
      socket.setRecvBufferSize(settings.bufferSize || usualBuffer);
    }
    return sockets;
  } catch (error) {
    for (const socket of sockets) socket.close();
    throw error;
  }
}
