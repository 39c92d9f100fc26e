import {
  array,
  be16,
  be32,
  block,
  bytes,
  coarseNow,
  constant32,
  constant64,
  Ethernet,
  EtherType,
  fragmented,
  HashMap,
  IpProtocol,
  Ipv4,
  LookupArray,
  type Packet,
  PerCpuArray,
  pointerVariable,
  SharedArray,
  type StructView,
  struct,
  Tcp,
  TcpFlag,
  type U32,
  type U64,
  u8,
  u16,
  u32,
  u64,
  unless,
  unlikely,
  variable,
  when,
  xdp,
} from "../src/asm/index.js";

/*
 * What floor.bpf.c does, written with our assembler. They share all maps but the table, which for ours is one value whose
 * address is part of the program.
 */

/** Buckets of each table here: room for 2^20 connections, so that half a million fill it by half. */
export const buckets = 2 ** 18;
const entriesPerBucket = 4;

export const Flow = struct("Flow", {
  client: be32,
  virtual: be32,
  clientPort: be16,
  virtualPort: be16,
  protocol: u8,
  zero: array(u8, 3),
});
export const Server = struct("Server", { mac: bytes(6, 2), device: u16, number: u32 });
export const Service = struct("Service", { address: be32, port: be16, protocol: u8, zero: u8 });
const Counts = struct("Counts", { packets: u64, bytes: u64 });
/** One cache line. */
export const Entry = struct(
  "Entry",
  {
    word: u64,
    flow: Flow,
    server: u32,
    seen: u32,
    flags: u32,
    unused: u32,
    mac: bytes(6, 2),
    device: u16,
  },
  { size: 64 },
);
const Bucket = struct("Bucket", { entries: array(Entry, entriesPerBucket) });
export const Kind = { free: 0, claimed: 1, live: 2 } as const;

export const flows = new HashMap("floor_flows", Flow, Server, buckets * entriesPerBucket);
export const services = new HashMap("floor_services", Service, struct("Number", { index: u32 }), 512);
export const servers = new LookupArray("floor_servers", Server, 4096);
export const counts = new PerCpuArray("floor_counts", Counts, 4096);
export const table = new SharedArray("our_table", Bucket, buckets);

type EntryView = StructView<(typeof Entry)["shape"]>;
type BucketView = StructView<(typeof Bucket)["shape"]>;

/** The headers of a packet to forward: TCP in IPv4 without options, no fragment. Any other is passed on. */
function parse(packet: Packet) {
  const ethernet = packet.header(Ethernet);
  const ip = packet.header(Ipv4);
  const tcp = packet.header(Tcp);
  unless(ethernet.type.is(EtherType.IPv4), () => packet.pass());
  unless(ip.versionAndLength.is(0x45), () => packet.pass());
  unless(ip.protocol.is(IpProtocol.TCP), () => packet.pass());
  unlikely(ip.fragment.hasAny(fragmented), () => packet.pass());
  return { ethernet, ip, tcp };
}

/** Parse, look the flow up in a hash map, write the server's address into the frame, send it. */
export const floor = xdp("our_floor", (packet) => {
  const { ethernet, ip, tcp } = parse(packet);
  const flow = Flow.local({ client: ip.source, virtual: ip.destination, protocol: IpProtocol.TCP });
  flow.write(u32, "clientPort", tcp.read(u32, "sourcePort")); // both ports
  const server = flows.lookup(flow).otherwise(() => packet.pass());
  ethernet.source.copy(ethernet.destination);
  ethernet.destination.copy(server.mac);
  packet.transmit();
});

/** As a director does it, with two candidate buckets; `creates`: a flow that is not there gets an entry. */
const set2 = (name: string, creates: boolean) =>
  xdp(name, (packet) => {
    const { ethernet, ip, tcp } = parse(packet);
    const key = {
      addresses: ip.read(u64, "source"),
      ports: tcp.read(u32, "sourcePort").extended.or(BigInt(IpProtocol.TCP) << 32n),
    };
    const hash = hashOf(key);
    const candidates = [table.at(hash.low), table.at(hash.high)] as const;
    const found = find(candidates, key);
    const seen = coarseNow().shiftRight(20).low;
    unlikely(found.value.isMissing, () => {
      if (creates) found.set(create(packet, candidates, key, hash.low.and(3)));
      else packet.pass();
    });
    const entry = found.value;
    counts.lookup(entry.server).whenFound((count) => {
      count.packets = count.packets.add(1);
      count.bytes = count.bytes.add(packet.length);
    });
    const flags = tcp.flags;
    unlikely(flags.hasAny(TcpFlag.FIN | TcpFlag.RST), () => entry.set({ flags: entry.flags.or(flags) }));
    entry.set({ seen });
    unlikely(ip.timeToLive.atMost(1), () => packet.pass());
    const sum = ip.checksum.raw.add(1);
    ip.write(u16, "checksum", sum.add(sum.add(1).shiftRight(16)));
    ip.timeToLive = ip.timeToLive.sub(1);
    ethernet.source.copy(ethernet.destination);
    ethernet.destination.copy(entry.mac);
    packet.transmit();
  });

export const established = set2("our_set2", false);
export const allNew = set2("our_new_set2", true);

interface Key {
  readonly addresses: U64;
  readonly ports: U64;
}

/** Its halves choose the two buckets. */
function hashOf({ addresses, ports }: Key): U64 {
  const mixed = addresses.xor(ports.mul(0x9e37_79b9_7f4a_7c15n));
  const spread = mixed.xor(mixed.shiftRight(29)).mul(0xbf58_476d_1ce4_e5b9n);
  return spread.xor(spread.shiftRight(32));
}

const entriesOf = (bucket: BucketView): EntryView[] =>
  Array.from({ length: entriesPerBucket }, (_, i) => bucket.entries.at(i));

function find(candidates: readonly BucketView[], { addresses, ports }: Key) {
  const found = pointerVariable(Entry);
  block((leave) => {
    for (const entry of candidates.flatMap(entriesOf)) {
      when(entry.flow.read(u64, "client").is(addresses), () => {
        when(entry.flow.read(u64, "clientPort").is(ports), () => {
          when(entry.word.and(3).is(Kind.live), () => {
            found.set(entry);
            leave();
          });
        });
      });
    }
  });
  return found;
}

/** A new entry in the emptier bucket, or in the other one. */
function create(packet: Packet, [one, other]: readonly [BucketView, BucketView], key: Key, choice: U32) {
  const address = key.addresses.high;
  const service = Service.local({ protocol: IpProtocol.TCP });
  service.write(u32, "address", address);
  service.write(u16, "port", key.ports.low.shiftRight(16));
  services.lookup(service).otherwise(() => packet.pass());
  const server = servers.lookup(choice).otherwise(() => packet.pass());

  const near = pointerVariable(Bucket);
  const far = pointerVariable(Bucket);
  const swap = used(other).below(used(one));
  when(
    swap,
    () => {
      near.set(other);
      far.set(one);
    },
    () => {
      near.set(one);
      far.set(other);
    },
  );
  const claimed = pointerVariable(Entry);
  block((leave) => {
    for (const entry of [near, far].flatMap(({ value }) => entriesOf(value))) {
      when(entry.word.is(Kind.free), () => {
        when(entry.atomic("word").compareAndSwap(Kind.free, Kind.claimed).is(Kind.free), () => {
          claimed.set(entry);
          leave();
        });
      });
    }
    packet.drop();
  });
  const entry = claimed.value;
  entry.flow.write(u64, "client", key.addresses);
  entry.flow.write(u64, "clientPort", key.ports);
  entry.set({ server: server.number });
  entry.mac.copy(server.mac);
  entry.set({ word: constant64(BigInt(Kind.live)) });
  return entry;
}

function used(bucket: BucketView): U32 {
  const count = variable(constant32(0));
  for (const entry of entriesOf(bucket)) {
    when(entry.word.isNot(Kind.free), () => count.set(count.value.add(1)));
  }
  return count.value;
}
