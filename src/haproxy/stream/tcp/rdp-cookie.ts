import type { ServerRun } from "../../run/index.js";

/**
 * The server that an RDP client's cookie names ("Cookie: msts=ADDRESS.PORT.0000", the address as a number of four bytes in memory's
 * order, the port with its bytes turned round), within a TPKT and X.224 connection request (rdp-cookie, tcp_persist_rdp_cookie).
 */
export function rdpServer(bytes: Buffer, name: string, servers: readonly ServerRun[]): ServerRun | undefined {
  if (bytes.length <= 7 || bytes[0] !== 3 || bytes[1] !== 0) return undefined;
  const text = bytes.toString("latin1", 11, Math.min(bytes.length, bytes.readUInt16BE(2)));
  const match = /^Cookie: *([^=]*)=(\d+)\.(\d+)\./i.exec(text);
  if (match === null || (match[1] as string).toLowerCase() !== name.toLowerCase()) return undefined;
  const address = Number(match[2]);
  const turned = Number(match[3]);
  const port = ((turned & 0xff) << 8) | (turned >> 8);
  const host = [address & 255, (address >>> 8) & 255, (address >>> 16) & 255, address >>> 24].join(".");
  return servers.find((each) => each.address?.host === host && each.address.port === port);
}
