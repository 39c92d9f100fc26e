import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Hook } from "../../src/asm/index.js";
import {
  type BpfProgram,
  bpfAccess,
  loadWritten,
  TcVerdict,
  testRun,
  XdpVerdict,
  xdpContext,
} from "../../src/bpf/index.js";
import { addressesOf } from "../../src/dataplane/xdp/connections.js";
import { director } from "../../src/dataplane/xdp/director.js";
import { DirectorState, HostNetwork, resetDirector, XdpPlane } from "../../src/dataplane/xdp/index.js";
import {
  Entry,
  EntryFlag,
  type EventName,
  eventNames,
  Kind,
  Server,
  Service,
  stateMask,
  stateShift,
  tickShift,
  ticks,
} from "../../src/dataplane/xdp/layout.js";
import { tickNow } from "../../src/dataplane/xdp/state.js";
import { closeTrace, openTrace } from "../../src/dataplane/xdp/trace-pins.js";
import { type ServerStatus, type ServiceId, type TcpState, tcpStates } from "../../src/ipvs/model.js";
import { networkNamespaceCookie, withNetworkNamespace, writeSysctl } from "../../src/sys/index.js";
import { ethernet, IpAddress, MacAddress, type TcpFields } from "../../src/wire/index.js";
import { type Place, places } from "./netlink-places.js";

export const vip = "192.168.4.15";
export const directorMac = "02:00:c0:a8:04:05";
export const clientMac = "02:00:c0:a8:04:0a";
export const client = "192.168.4.10";
/** Real servers are 192.168.4.100 and so on; each has a MAC that ends in its number. */
export const serverAddress = (number: number): string => `192.168.4.${100 + number}`;
export const serverMac = (number: number): string =>
  `02:00:c0:a8:04:${(100 + number).toString(16).padStart(2, "0")}`;
export const mostServers = 12;

export const hooks = ["xdp", "tc"] as const;

export const service = (port = 80): ServiceId => ({
  kind: "address",
  protocol: "tcp",
  address: IpAddress.of(vip),
  port,
});

/** A frame from the client to the VIP. */
export function segment(
  fields: Partial<Omit<TcpFields, "destination">> & {
    from?: string;
    to?: string;
    ttl?: number;
    ipOptions?: Uint8Array;
    destination?: string;
    payload?: string;
  } = {},
): Uint8Array {
  const {
    from = client,
    to = vip,
    ttl = 64,
    ipOptions,
    destination = directorMac,
    payload = "",
    ...tcp
  } = fields;
  return ethernet({ source: clientMac, destination })
    .ipv4({ source: from, destination: to, ttl, ...(ipOptions && { options: ipOptions }) })
    .tcp({ source: 40000, ...tcp, destination: 80 })
    .payload(payload);
}

export type Verdict = "pass" | "drop" | "redirect";
const verdicts: Readonly<Record<Hook, ReadonlyMap<number, Verdict>>> = {
  xdp: new Map([
    [XdpVerdict.pass, "pass"],
    [XdpVerdict.drop, "drop"],
    [XdpVerdict.redirect, "redirect"],
  ]),
  tc: new Map([
    [TcVerdict.goOn, "pass"],
    [TcVerdict.drop, "drop"],
    [TcVerdict.redirect, "redirect"],
  ]),
};

/** The hash's secrets of all places, so that a program is written once for all of them. */
const secrets = [0x0123_4567_89ab_cdefn, 0x9e37_79b9_7f4a_7c15n, 0xbf58_476d_1ce4_e5b9n] as const;

/** An entry of the connection table as it stands there. */
export interface RawEntry {
  readonly slot: number;
  readonly kind: number;
  readonly state: TcpState;
  readonly client: string;
  readonly clientPort: number;
  readonly virtualPort: number;
  readonly server: number;
  /** Seconds from now. */
  readonly expires: number;
}

/**
 * A director in a namespace of its own: a device with the director's MAC, the VIP on it, real servers whose MACs are known.
 * Packets go through its programs by test runs; none is attached.
 */
export class DirectorPlace {
  readonly state: DirectorState;
  readonly plane: XdpPlane;
  readonly device: number;
  readonly #programs = new Map<Hook, BpfProgram>();
  /** How often whom was answered (icmp-limit.ts). */
  readonly #answers: Uint8Array;

  constructor(
    readonly t: TestContext,
    readonly place: Place,
    buckets: number,
  ) {
    const { links, addresses, neighbours } = place.network;
    links.createVeth({ name: "eth0", mac: directorMac, up: true, peer: { name: "far0", up: true } });
    this.device = links.get("eth0").index;
    addresses.add("eth0", { address: IpAddress.of("192.168.4.5"), prefixLength: 24 });
    addresses.add("eth0", { address: IpAddress.of(vip), prefixLength: 32 });
    for (let number = 0; number < mostServers; number++)
      neighbours.replace("eth0", IpAddress.of(serverAddress(number)), MacAddress.of(serverMac(number)));
    this.inside(() => writeSysctl("net.ipv4.conf.lo.forwarding", 1));
    this.state = this.inside(() => DirectorState.openOrCreate(buckets));
    this.state.settings.chosen = 1;
    this.state.settings.secrets = [...secrets];
    this.#answers = this.state.maps["icmp_limits"]!.memory({ write: true }).bytes;
    this.plane = this.inside(() => new XdpPlane());
    const cookie = this.inside(networkNamespaceCookie);
    t.after(() => {
      for (const program of this.#programs.values()) program.close();
      this.plane.close();
      this.state.close();
      resetDirector(undefined, cookie);
    });
  }

  inside<T>(work: () => T): T {
    return withNetworkNamespace(this.place.namespace, work);
  }

  /** Does something with the plane, as ipvsadm would. */
  configure<T>(work: (plane: XdpPlane) => T): T {
    return this.inside(() => work(this.plane));
  }

  addService(port = 80, scheduler = "rr"): void {
    this.configure((plane) =>
      plane.addService({ id: service(port), scheduler, schedulerFlags: [], onePacket: false }),
    );
  }

  addServer(
    number: number,
    options: { port?: number; weight?: number; upper?: number; lower?: number } = {},
    verb: "addServer" | "editServer" = "addServer",
  ): void {
    const { port = 80, weight = 1, upper = 0, lower = 0 } = options;
    this.configure((plane) =>
      plane[verb](service(port), {
        address: IpAddress.of(serverAddress(number)),
        port,
        method: "droute",
        weight,
        upperThreshold: upper,
        lowerThreshold: lower,
      }),
    );
  }

  editServer(number: number, options: Parameters<DirectorPlace["addServer"]>[1] = {}): void {
    this.addServer(number, options, "editServer");
  }

  deleteServer(number: number, port = 80): void {
    this.configure((plane) =>
      plane.deleteServer(service(port), { address: IpAddress.of(serverAddress(number)), port }),
    );
  }

  program(hook: Hook): BpfProgram {
    const known = this.#programs.get(hook);
    if (known) return known;
    const shape = this.state.tableShape;
    const trace = this.inside(() => openTrace(this.state));
    const traces = trace !== undefined;
    const mac = MacAddress.of(directorMac).bytes;
    const config = { hook, mac, ...shape, secrets, send: "redirect", traces } as const;
    const loaded = loadWritten(director(config), { ...this.state.maps, ...trace }, { madeOf: config });
    if (trace) closeTrace(trace);
    this.#programs.set(hook, loaded);
    return loaded;
  }

  /** From now on packets go through programs made anew, for the table that there is. */
  reload(): void {
    for (const program of this.#programs.values()) program.close();
    this.#programs.clear();
  }

  /** Sends a frame through the program, as if it had come in by eth0. */
  run(hook: Hook, packet: Uint8Array): { verdict: Verdict; packet: Uint8Array } {
    return this.inside(() => this.runHere(hook, packet));
  }

  /** As {@link run}, for many packets {@link inside} one hop. No ICMP answer is one too many here. */
  runHere(
    hook: Hook,
    packet: Uint8Array,
    device: number = this.device,
  ): { verdict: Verdict; packet: Uint8Array } {
    const program = this.program(hook);
    this.#answers.fill(0);
    const context = hook === "xdp" ? xdpContext(packet.length, device) : tcContext(device);
    const result = testRun(program, { packet, context });
    const verdict = verdicts[hook].get(result.verdict);
    assert.ok(verdict, `${hook}: verdict ${result.verdict}`);
    return { verdict, packet: Uint8Array.from(result.packet) };
  }

  /** What is in the table, in its order; only living entries unless all are asked for. */
  entries(all = false): RawEntry[] {
    const { bytes } = this.state.maps["connections"]!.memory();
    const now = tickNow();
    const found: RawEntry[] = [];
    for (let slot = 0; slot * Entry.size < bytes.length; slot++) {
      const entry = Entry.over(bytes, slot * Entry.size);
      const word = Number(entry.word & 0xffff_ffffn);
      if (!all && (word & Kind.mask) !== Kind.live) continue;
      found.push({
        slot,
        kind: word & Kind.mask,
        state: tcpStates[(word >> stateShift) & 15]!,
        client: addressesOf(entry, 4).client.toString(),
        clientPort: entry.clientPort,
        virtualPort: entry.virtualPort,
        server: entry.server,
        expires: (((entry.expires - now) | 0) * 2 ** tickShift) / 1e9,
      });
    }
    return found;
  }

  /** Lets an entry be over in so many seconds. */
  expireIn(slot: number, seconds: number): void {
    const { bytes } = this.state.maps["connections"]!.memory({ write: true });
    Entry.over(bytes, slot * Entry.size).expires = (tickNow() + ticks(seconds)) >>> 0;
  }

  /** Puts an entry into a state, and counts it as that state is counted. */
  putInto(slot: number, state: TcpState): void {
    const { bytes } = this.state.maps["connections"]!.memory({ write: true });
    const entry = Entry.over(bytes, slot * Entry.size);
    const wasInactive = (entry.word & BigInt(EntryFlag.inactive)) !== 0n;
    const isInactive = !["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"].includes(state);
    const kept = entry.word & ~BigInt(stateMask | EntryFlag.inactive);
    const flag = isInactive ? BigInt(EntryFlag.inactive) : 0n;
    entry.word = kept | flag | (BigInt(tcpStates.indexOf(state)) << BigInt(stateShift));
    const server = this.state.servers.at(entry.server);
    server.active += Number(wasInactive) - Number(isInactive);
    server.inactive += Number(isInactive) - Number(wasInactive);
  }

  /** As if nothing had ever been sent. */
  forget(): void {
    this.state.maps["connections"]!.memory({ write: true }).bytes.fill(0);
    for (let slot = 0; slot < mostServers; slot++) {
      const server = this.state.servers.at(slot);
      server.active = 0;
      server.inactive = 0;
    }
    this.plane.zero();
  }

  /** As if nothing had ever been configured or sent. */
  reset(): void {
    const { maps, settings } = this.state;
    // Of the large ones only what has been used.
    const used = {
      connections: undefined,
      lists: undefined,
      services: settings.servicesUsed * Service.size,
      servers: settings.serversUsed * Server.size,
    };
    for (const [name, bytes] of Object.entries(used))
      maps[name]!.memory({ write: true }).bytes.fill(0, 0, bytes);
    for (const name of ["service_index", "destinations", "fragments"])
      for (const key of [...maps[name]!.keys()]) maps[name]!.delete(key);
    settings.events = new Array<bigint>(32).fill(0n);
    settings.listCursor = 0;
    settings.changes++;
  }

  hasServer(number: number, port = 80): boolean {
    const servers = this.plane.service(service(port))?.servers ?? [];
    return servers.some(({ address }) => address.equals(IpAddress.of(serverAddress(number))));
  }

  /** The server's status by its number. */
  server(number: number, port = 80): ServerStatus {
    const found = this.plane
      .service(service(port))
      ?.servers.find(({ address }) => address.equals(IpAddress.of(serverAddress(number))));
    assert.ok(found, `there is no server ${number}`);
    return found;
  }

  counts(
    number: number,
    port = 80,
  ): { active: number; inactive: number; connections: number; packets: number; bytes: number } {
    const { active, inactive, counters } = this.server(number, port);
    return {
      active,
      inactive,
      connections: Number(counters.connections),
      packets: Number(counters.inPackets),
      bytes: Number(counters.inBytes),
    };
  }

  /** The number of the server that a frame was sent to, by its MAC; undefined if it is none's. */
  serverOf(frame: Uint8Array): number | undefined {
    const mac = MacAddress.fromBytes(frame.subarray(0, 6)).toString();
    return Array.from({ length: mostServers }, (_, number) => number).find(
      (number) => serverMac(number) === mac,
    );
  }

  events(): Record<EventName, number> {
    const { events } = this.state.settings;
    return Object.fromEntries(eventNames.map((name, i) => [name, Number(events[i])])) as Record<
      EventName,
      number
    >;
  }
}

/** Makes a director in a namespace that vanishes with the test; undefined (the test is skipped) without root or bpf. */
export function directorPlace(t: TestContext, buckets = 64): DirectorPlace | undefined {
  const made = places(t, 1);
  if (!made) return undefined;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return undefined;
  }
  return new DirectorPlace(t, made[0]!, buckets);
}

/** struct __sk_buff for a test run: the device that the frame came in by, from which the kernel sees whom it is addressed to. */
function tcContext(device: number): Uint8Array {
  const bytes = Buffer.alloc(192);
  bytes.writeUInt32LE(device, 40);
  return bytes;
}

/** Does `work` under the lock of those who write, with the network of the place's director. */
export const locked = <T>(
  place: { readonly state: DirectorState; inside<R>(work: () => R): R },
  work: (host: HostNetwork) => T,
): T =>
  place.inside(() => {
    const host = new HostNetwork();
    try {
      return place.state.locked(() => work(host));
    } finally {
      host.close();
    }
  });
