import { once } from "node:events";
import { createServer } from "node:net";

/** Below where the kernel takes ports for connections from (net.ipv4.ip_local_port_range), so that none of those gets one meanwhile. */
const [first, last] = [10_240, 32_767];

/** TCP ports of 127.0.0.1 and [::1] that nobody listens at, for programs that are told where to. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = first + Math.floor(Math.random() * (last - first + 1));
    if ((await isFree(port, "127.0.0.1")) && (await isFree(port, "::1"))) ports.add(port);
  }
  return [...ports];
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    // Where there is no IPv6 nobody listens by it.
    return (error as NodeJS.ErrnoException).code !== "EADDRINUSE";
  }
  server.close();
  await once(server, "close");
  return true;
}
