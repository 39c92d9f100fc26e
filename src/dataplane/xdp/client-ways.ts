import {
  bytes,
  context,
  Ethernet,
  EtherType,
  give,
  globalSubprogram,
  type Hook,
  Ipv4,
  Ipv6,
  LruHashMap,
  Packet,
  struct,
  u32,
  when,
} from "../../asm/index.js";

/** A client; an IPv4 address fills the first four bytes. */
export const ClientKey = struct("ClientKey", { address: bytes(16, 4) });
/** The frame's addresses for packets to it, and the device that they go out by. */
const ClientWay = struct("ClientWay", { destination: bytes(6, 2), source: bytes(6, 2), device: u32 });

/**
 * The ways that clients' packets came, for NAT's answers at native XDP: where the kernel doesn't know the client's neighbour,
 * an answer goes back the way its question came. At tc the kernel asks for the neighbour by itself. Who has not been heard of
 * for long gives way to others.
 */
export const clientWays = new LruHashMap("client_ways", ClientKey, ClientWay, 16384);

/** Makes the function that notes the way of the packet in the context. */
export function clientNoter(hook: Hook) {
  return globalSubprogram("note_client", [context], u32, (ctx) => {
    const packet = Packet.of(hook, ctx);
    const ethernet = packet.header(Ethernet, () => give(0));
    const client = ClientKey.local({});
    const inside = packet.branch();
    when(
      ethernet.type.is(EtherType.IPv6),
      () => client.address.copy(packet.header(Ipv6, () => give(0)).source),
      () => client.address.putWord(0, inside.header(Ipv4, () => give(0)).source.raw),
    );
    const way = ClientWay.local({
      destination: ethernet.source,
      source: ethernet.destination,
      device: packet.device,
    });
    clientWays.lookup(client).whenFound((known) => {
      const same = known.device.is(way.device).and(known.destination.is(way.destination));
      when(same.and(known.source.is(way.source)), () => give(1));
    });
    clientWays.update(client, way);
    return 1;
  });
}
