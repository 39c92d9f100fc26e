import { MemoryPlane } from "../../src/ipvs/memory-plane.js";
import {
  type ConnectionEntry,
  type Counters,
  type Endpoint,
  noCounters,
  noRates,
  type Rates,
  type ServerSpec,
  type SyncDaemon,
} from "../../src/ipvs/model.js";
import { IpAddress } from "../../src/wire/address.js";

/** The table that golden.txt was recorded from. */
export class GoldenPlane extends MemoryPlane {
  constructor() {
    super();
    const vip = IpAddress.of("192.0.2.10");
    const web = { kind: "address", protocol: "tcp", address: vip, port: 80 } as const;
    const dns = { kind: "address", protocol: "udp", address: vip, port: 53 } as const;
    const secure = { kind: "address", protocol: "tcp", address: vip, port: 443 } as const;
    const mark = { kind: "mark", mark: 7, family: 4 } as const;
    this.addService({ id: web, scheduler: "wlc", schedulerFlags: [], onePacket: false });
    this.addService({ id: dns, scheduler: "rr", schedulerFlags: [], onePacket: true });
    this.addService({
      id: secure,
      scheduler: "sh",
      schedulerFlags: ["sh-fallback", "sh-port"],
      persistence: { timeout: 360, netmask: IpAddress.of("255.255.255.0") },
      onePacket: false,
    });
    this.addService({ id: mark, scheduler: "mh", schedulerFlags: ["mh-fallback"], onePacket: false });
    this.setTraffic(web, {
      counters: counters(123456789n, 99999999n, 1234567890n, 123456789012n, 123456789012345n),
      rates: { ...noRates, connections: 12, inPackets: 345, inBytes: 123456789 },
    });
    // Newest first: the last that is added is listed first.
    const servers = [
      [secure, "10.0.2.12", 443, "droute", 1],
      [secure, "10.0.2.11", 443, "masq", 0],
      [web, "10.0.0.13", 80, "tunnel", 2],
      [web, "10.0.0.12", 80, "droute", 1],
      [web, "10.0.0.11", 8080, "masq", 0],
      [dns, "10.0.1.11", 53, "masq", 0],
      [mark, "10.0.3.11", 0, "local", 0],
    ] as const;
    for (const [service, address, port, method, load] of servers) {
      const server: ServerSpec = {
        address: IpAddress.of(address),
        port,
        method,
        weight: [1, 0, 3][load]!,
        upperThreshold: 1000 * load,
        lowerThreshold: 750 * load,
      };
      this.addServer(service, server);
      const n = BigInt(load);
      this.setTraffic(
        service,
        {
          active: 17 * load,
          inactive: 100001 * load,
          persistent: 3 * load,
          counters: counters(1000n * n, 100_000_000n * n, 0n, 1_000_000_000_000n * n, 0n),
          rates: rates(5, 70, 0, 100_000_000, 0),
        },
        server,
      );
    }
    this.setConnections([
      connection("tcp", "ESTABLISHED", 897, "198.51.100.1:54321", "192.0.2.10:80", "10.0.0.11:8080"),
      connection("tcp", "SYN_RECV", 58, "198.51.100.2:54322", "192.0.2.10:443", "10.0.2.12:443"),
      connection("udp", "UDP", 299, "198.51.100.3:4000", "192.0.2.10:53", "10.0.1.11:53"),
      connection("ip", "ASSURED", 359, "198.51.100.0:0", "0.0.0.7:0", "10.0.3.11:0"),
      connection("tcp", "FIN_WAIT", 7261, "198.51.100.4:54324", "192.0.2.10:80", "10.0.0.13:80"),
    ]);
  }

  override syncDaemons(): SyncDaemon[] {
    const daemon = { multicastInterface: "eth0", syncId: 5 };
    return [
      { role: "backup", ...daemon },
      { role: "master", ...daemon },
    ];
  }
}

function counters(...values: [bigint, bigint, bigint, bigint, bigint]): Counters {
  const [connections, inPackets, outPackets, inBytes, outBytes] = values;
  return { ...noCounters, connections, inPackets, outPackets, inBytes, outBytes };
}

function rates(...values: [number, number, number, number, number]): Rates {
  const [connections, inPackets, outPackets, inBytes, outBytes] = values;
  return { connections, inPackets, outPackets, inBytes, outBytes };
}

function connection(
  protocol: ConnectionEntry["protocol"],
  state: string,
  expires: number,
  ...[client, virtual, server]: [string, string, string]
): ConnectionEntry {
  const endpoint = (text: string): Endpoint => {
    const [address, port] = text.split(":");
    return { address: IpAddress.of(address!), port: Number(port) };
  };
  return {
    protocol,
    state,
    expires,
    client: endpoint(client),
    virtual: endpoint(virtual),
    server: endpoint(server),
    template: protocol === "ip",
  };
}
