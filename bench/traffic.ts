import { Ethernet, EtherType, IpProtocol, Ipv4, Tcp, TcpFlag } from "../src/asm/index.js";

/** The virtual service that all packets go to: 10.200.1.1, port 80. */
export const virtual = { address: 0x0ac8_0101, port: 80 } as const;
/** The director's MAC, to which every frame is addressed. */
export const directorMac = Uint8Array.of(2, 0, 0, 1, 1, 2);
/** The servers among which connections are shared, by number. */
export const serverMacs = [0, 1, 2, 3].map((number) => Uint8Array.of(2, 0, 0, 9, 9, number));

/** A frame of 64 bytes that holds a TCP segment for the virtual service. Its client is the wrapper's to write. */
export function segment(kind: "SYN" | "ACK" | "FIN"): Uint8Array {
  const frame = new Uint8Array(64);
  const ip = {
    versionAndLength: 0x45,
    totalLength: frame.length - Ethernet.size,
    timeToLive: 64,
    protocol: IpProtocol.TCP,
    destination: virtual.address,
  };
  const tcp = { destinationPort: virtual.port, dataOffset: 0x50, flags: TcpFlag[kind] };
  frame.set(Ethernet.encode({ destination: directorMac, type: EtherType.IPv4 }), 0);
  frame.set(Ipv4.encode(ip), Ethernet.size);
  frame.set(Tcp.encode(tcp), Ethernet.size + Ipv4.size);
  return frame;
}

/** Address and port of the client of flow number `flow`: 16 384 ports a client. The wrapper reckons so too. */
export function clientOf(flow: number): { address: number; port: number } {
  return { address: 0x0a00_0000 + (flow >>> 14), port: 1024 + (flow & 16383) };
}
