import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Hook } from "../../src/asm/index.js";
import { bpfAccess } from "../../src/bpf/index.js";
import { readEntries } from "../../src/dataplane/xdp/connections.js";
import { countedAll } from "../../src/dataplane/xdp/counters.js";
import { Entry, EntryFlag, Kind } from "../../src/dataplane/xdp/layout.js";
import type {
  ConnectionEntry,
  ForwardingMethod,
  Protocol,
  ServerSpec,
  ServiceId,
  ServiceSpec,
  ServiceStatus,
} from "../../src/ipvs/model.js";
import { endpointText } from "../../src/ipvs/model.js";
import { defaultTunables, type TunableName } from "../../src/ipvs/tunables.js";
import {
  decodePacket,
  ethernet,
  IpAddress,
  MacAddress,
  type Packet,
  type SctpFields,
  type TcpFields,
  tcpChecksumOk,
  udpChecksumOk,
} from "../../src/wire/index.js";
import { DirectorPlace, directorMac, type Verdict } from "./director-place.js";
import { places } from "./netlink-places.js";

export type Family = 4 | 6;
export const families = [4, 6] as const;
export const protocols = ["tcp", "udp", "sctp"] as const;

/** The VIP, clients and servers of each family, and an address of the director that is no VIP. */
export const vips = { 4: "192.168.4.15", 6: "fd00:4::15" } as const;
export const owns = { 4: "192.168.4.5", 6: "fd00:4::5" } as const;
export const clientAddress = (family: Family, number = 0): string =>
  family === 4 ? `172.16.${number >> 8}.${1 + (number & 255)}` : `fd00:ac::${(1 + number).toString(16)}`;
export const backAddress = (family: Family, number = 0): string =>
  family === 4 ? `10.0.1.${10 + number}` : `fd00:1::${(16 + number).toString(16)}`;
/** Clients are behind a router; each server has a MAC that ends in its number. */
export const routerMac = "02:00:c0:a8:04:01";
export const backMac = (number: number): string =>
  `02:00:0a:00:01:${(10 + number).toString(16).padStart(2, "0")}`;
const backServers = 8;

export interface ServiceOptions {
  readonly family?: Family;
  readonly protocol?: Protocol;
  readonly port?: number;
  readonly mark?: number;
  readonly scheduler?: string;
  /** Seconds. */
  readonly persistent?: number;
  readonly netmask?: string | number;
  readonly onePacket?: boolean;
}
export interface ServerOptions {
  readonly method?: ForwardingMethod;
  readonly port?: number;
  readonly weight?: number;
  readonly upper?: number;
  readonly lower?: number;
}

/** A packet from a client to the VIP, or (`reply`) from a server to a client. */
export interface Segment {
  readonly family?: Family;
  readonly protocol?: Protocol;
  /** A client's number, and its port. */
  readonly client?: number;
  readonly port?: number;
  readonly to?: string;
  readonly virtualPort?: number;
  readonly tcp?: Partial<Omit<TcpFields, "source" | "destination">>;
  readonly chunks?: SctpFields["chunks"];
  readonly checksum?: boolean;
  readonly payload?: string | Uint8Array;
  readonly ttl?: number;
  readonly ipOptions?: Uint8Array;
}

export interface Sent {
  readonly verdict: Verdict;
  readonly bytes: Uint8Array;
  readonly packet: Packet;
  /** The server that it went to, and to which port: told by MAC and header, if it was redirected to one. */
  readonly server: number | undefined;
  readonly port: number | undefined;
}

export const serviceIdOf = ({ family = 4, protocol = "tcp", port = 80, mark }: ServiceOptions): ServiceId =>
  mark === undefined
    ? { kind: "address", protocol, address: IpAddress.of(vips[family]), port }
    : { kind: "mark", mark, family };

/** The transport header of a segment, and its payload, between two endpoints. */
function transport(
  layer: ReturnType<ReturnType<typeof ethernet>["ipv4"]> | ReturnType<ReturnType<typeof ethernet>["ipv6"]>,
  { protocol = "tcp", tcp = { syn: true }, chunks = ["init"], checksum = true, payload = "" }: Segment,
  source: number,
  destination: number,
): Uint8Array {
  switch (protocol) {
    case "tcp":
      return layer.tcp({ ...tcp, source, destination }).payload(payload);
    case "udp":
      return layer.udp({ source, destination, checksum }).payload(payload);
    case "sctp":
      return layer.sctp({ source, destination, chunks, tag: 7 }).payload(payload);
  }
}

interface Ends {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sourceMac: string;
  readonly destinationMac: string;
}

/** A segment between two ends. */
export function frame(segment: Segment, ends: Ends): Uint8Array {
  const { family = 4, ttl = 64, ipOptions } = segment;
  const link = ethernet({ source: ends.sourceMac, destination: ends.destinationMac });
  const { source, destination } = ends;
  const layer =
    family === 4
      ? link.ipv4({ source, destination, ttl, ...(ipOptions && { options: ipOptions }) })
      : link.ipv6({ source, destination, hopLimit: ttl });
  return transport(layer, segment, ends.sourcePort, ends.destinationPort);
}

const clientEnd = ({ family = 4, client = 0, port = 40000 }: Segment) => ({
  address: clientAddress(family, client),
  port,
});
const virtualEnd = ({ family = 4, to = vips[family], virtualPort = 80 }: Segment) => ({
  address: to,
  port: virtualPort,
});

/** The frame by which a client's segment comes in. */
export function fromClient(segment: Segment): Uint8Array {
  const [client, virtual] = [clientEnd(segment), virtualEnd(segment)];
  return frame(segment, {
    source: client.address,
    destination: virtual.address,
    sourcePort: client.port,
    destinationPort: virtual.port,
    sourceMac: routerMac,
    destinationMac: directorMac,
  });
}

/** The same as a server gets it: by NAT with its own address and a port of its own, otherwise with the VIP. */
export function toServer(number: number, segment: Segment, nat?: { port: number }): Uint8Array {
  const [client, virtual] = [clientEnd(segment), virtualEnd(segment)];
  const { ttl = 64, family = 4 } = segment;
  return frame(
    { ...segment, ttl: ttl - 1 },
    {
      source: client.address,
      destination: nat ? backAddress(family, number) : virtual.address,
      sourcePort: client.port,
      destinationPort: nat ? nat.port : virtual.port,
      sourceMac: directorMac,
      destinationMac: backMac(number),
    },
  );
}

/** What a server behind NAT answers to the client of a segment. */
export function fromServer(number: number, segment: Segment, port: number): Uint8Array {
  const client = clientEnd(segment);
  const { family = 4 } = segment;
  return frame(segment, {
    source: backAddress(family, number),
    destination: client.address,
    sourcePort: port,
    destinationPort: client.port,
    sourceMac: backMac(number),
    destinationMac: directorMac,
  });
}

/** The same as the client's router gets it. */
export function toClient(segment: Segment): Uint8Array {
  const [client, virtual] = [clientEnd(segment), virtualEnd(segment)];
  const { ttl = 64 } = segment;
  return frame(
    { ...segment, ttl: ttl - 1 },
    {
      source: virtual.address,
      destination: client.address,
      sourcePort: virtual.port,
      destinationPort: client.port,
      sourceMac: directorMac,
      destinationMac: routerMac,
    },
  );
}

/** An entry of the table, as it stands there. */
export interface WideEntry {
  readonly slot: number;
  readonly kind: "connection" | "template" | "alias";
  readonly server: number;
  readonly reference: number;
  readonly client: number;
  readonly entry: ReturnType<typeof Entry.over>;
}

/**
 * A director with two sides, of both families: eth0 to a router behind which the clients are, eth1 to the servers. Packets go
 * through its programs by test runs.
 */
export class WidePlace extends DirectorPlace {
  readonly back: number;

  constructor(t: TestContext, place: ConstructorParameters<typeof DirectorPlace>[1], buckets: number) {
    super(t, place, buckets);
    const { links, addresses, neighbours, routes } = place.network;
    links.createVeth({ name: "eth1", mac: directorMac, up: true, peer: { name: "far1", up: true } });
    this.back = links.get("eth1").index;
    const at = IpAddress.of;
    addresses.add("eth1", { address: at("10.0.1.1"), prefixLength: 24 });
    const six = { prefixLength: 64, noDuplicateDetection: true };
    addresses.add("eth0", { address: at(owns[6]), ...six });
    addresses.add("eth0", { address: at(vips[6]), ...six, prefixLength: 128 });
    addresses.add("eth1", { address: at("fd00:1::1"), ...six });
    for (const [router, destination, prefixLength] of [
      ["192.168.4.1", "172.16.0.0", 12],
      ["fd00:4::1", "fd00:ac::", 32],
    ] as const) {
      neighbours.replace("eth0", at(router), MacAddress.of(routerMac));
      routes.add({ destination: at(destination), prefixLength, gateway: at(router) });
    }
    for (const family of families)
      for (let number = 0; number < backServers; number++)
        neighbours.replace("eth1", at(backAddress(family, number)), MacAddress.of(backMac(number)));
  }

  /** As if nothing had ever been configured or sent. */
  override reset(): void {
    super.reset();
    const { settings } = this.state;
    settings.wildServices = 0;
    settings.tunables = [...defaultTunables(), ...new Array<number>(64).fill(0)].slice(0, 64);
    this.configure((plane) => plane.setMarkRules([]));
  }

  tune(name: TunableName, value: number): void {
    this.configure((plane) => plane.setTunable(name, value));
  }

  service(options: ServiceOptions, verb: "addService" | "editService" = "addService"): ServiceId {
    const { family = 4, scheduler = "rr", persistent, onePacket = false } = options;
    const { netmask = family === 4 ? "255.255.255.255" : 128 } = options;
    const spec: ServiceSpec = {
      id: serviceIdOf(options),
      scheduler,
      schedulerFlags: [],
      onePacket,
      ...(persistent && {
        persistence: {
          timeout: persistent,
          netmask: typeof netmask === "string" ? IpAddress.of(netmask) : netmask,
        },
      }),
    };
    this.configure((plane) => plane[verb](spec));
    return spec.id;
  }

  /** Adds or changes a server of a service, by its number. */
  put(
    id: ServiceId,
    number: number,
    options: ServerOptions = {},
    verb: "addServer" | "editServer" = "addServer",
  ): void {
    const { method = "masq", port = portOf(id), weight = 1, upper = 0, lower = 0 } = options;
    const spec: ServerSpec = {
      address: IpAddress.of(backAddress(familyOf(id), number)),
      port,
      method,
      weight,
      upperThreshold: upper,
      lowerThreshold: lower,
    };
    this.configure((plane) => plane[verb](id, spec));
  }

  take(id: ServiceId, number: number, port = portOf(id)): void {
    const address = IpAddress.of(backAddress(familyOf(id), number));
    this.configure((plane) => plane.deleteServer(id, { address, port }));
  }

  /** Sends a frame that comes in by one of the two devices. */
  send(hook: Hook, bytes: Uint8Array, side: "front" | "back" = "front"): Sent {
    const { verdict, packet: out } = this.inside(() =>
      this.runHere(hook, bytes, side === "front" ? this.device : this.back),
    );
    const packet = decodePacket(out)!;
    if (verdict !== "redirect") {
      assert.deepEqual(Buffer.from(out), Buffer.from(bytes), "what isn't sent on isn't changed");
      return { verdict, bytes: out, packet, server: undefined, port: undefined };
    }
    assert.ok(isSound(packet), "checksums of what is sent on");
    const mac = packet.ethernet.destination.toString();
    const server = Array.from({ length: backServers }, (_, i) => i).find((i) => backMac(i) === mac);
    const port = (packet.tcp ?? packet.udp ?? packet.sctp)?.destinationPort;
    return { verdict, bytes: out, packet, server, port };
  }

  status(id: ServiceId): ServiceStatus {
    const found = this.plane.service(id);
    assert.ok(found, "there is no such service");
    return found;
  }

  /** A server's counts: active, inactive, persistent; connections, packets and bytes in, packets and bytes out. */
  countsOf(id: ServiceId, number: number): number[] {
    const address = backAddress(familyOf(id), number);
    const server = this.status(id).servers.find((one) => one.address.toString() === address);
    assert.ok(server, `there is no server ${number}`);
    const { active, inactive, persistent, counters } = server;
    const { connections, inPackets, inBytes, outPackets, outBytes } = counters;
    return [
      active,
      inactive,
      persistent,
      ...[connections, inPackets, inBytes, outPackets, outBytes].map(Number),
    ];
  }

  /** The table as `ipvsadm -Lcn` shows it, without times: "TCP ESTABLISHED client virtual server", in order of the text. */
  listing(): string[] {
    return this.rows().map(({ text }) => text);
  }

  rows(): { text: string; row: ConnectionEntry }[] {
    return [...this.plane.connections()]
      .map((row) => ({ text: rowText(row), row }))
      .sort((one, other) => (one.text < other.text ? -1 : 1));
  }

  /** A template or connection as {@link listing} has it. */
  textOf(slot: number): string | undefined {
    const found = [...readEntries(this.state)].find(({ at }) => at === slot * Entry.size);
    return found && rowText(found.entry);
  }

  /** All living entries. */
  all(): WideEntry[] {
    const { bytes } = this.state.maps["connections"]!.memory();
    const found: WideEntry[] = [];
    for (let slot = 0; slot * Entry.size < bytes.length; slot++) {
      const entry = Entry.over(bytes, slot * Entry.size);
      const word = Number(entry.word & 0xffff_ffffn);
      if ((word & Kind.mask) !== Kind.live) continue;
      const kind =
        (word & EntryFlag.alias) !== 0
          ? "alias"
          : (word & EntryFlag.template) !== 0
            ? "template"
            : "connection";
      found.push({
        slot,
        kind,
        server: entry.server,
        reference: entry.reference,
        client: entry.clientPort,
        entry,
      });
    }
    return found;
  }

  /** What all CPUs have counted for all servers since the state was made. */
  counted(): string {
    const of = countedAll(this.state, 16);
    return Array.from({ length: 16 }, (_, slot) => Object.values(of(slot)).join(" ")).join("\n");
  }
}

const rowText = (row: ConnectionEntry): string =>
  `${row.protocol} ${row.state} ${[row.client, row.virtual, row.server].map(endpointText).join(" ")}`;

const familyOf = (id: ServiceId): Family => (id.kind === "mark" ? id.family : (id.address.family as Family));
const portOf = (id: ServiceId): number => (id.kind === "mark" ? 0 : id.port);

/** Whether all checksums of a packet are right. */
export function isSound({ ipv4, ipv6, tcp, udp, sctp, icmp }: Packet): boolean {
  if (ipv4 && !ipv4.checksumOk) return false;
  const ip = ipv4 ?? ipv6;
  if (!ip) return false;
  if (tcp) return tcpChecksumOk(ip.payload, ip.source, ip.destination);
  if (udp) return udpChecksumOk(ip.payload, ip.source, ip.destination);
  if (sctp) return sctp.checksumOk;
  return icmp?.checksumOk ?? false;
}

/** Makes such a director in a namespace that vanishes with the test; undefined (the test is skipped) without root or bpf. */
export function widePlace(t: TestContext, buckets = 64): WidePlace | undefined {
  const made = places(t, 1);
  if (!made) return undefined;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return undefined;
  }
  return new WidePlace(t, made[0]!, buckets);
}
