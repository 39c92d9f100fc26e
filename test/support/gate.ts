import {
  be32,
  Ethernet,
  EtherType,
  HashMap,
  IpProtocol,
  Ipv4,
  struct,
  u64,
  unless,
  xdp,
} from "../../src/asm/index.js";

const Client = struct("Client", { address: be32 });
const Count = struct("Count", { packets: u64, bytes: u64 });
export const clients = new HashMap("clients", Client, Count, 10_000);

/** Counts the UDP packets of clients that are known, and drops those of all others. */
export const gate = xdp("gate", (packet) => {
  const ethernet = packet.header(Ethernet);
  unless(ethernet.type.is(EtherType.IPv4), () => packet.pass());
  const ip = packet.header(Ipv4);
  unless(ip.protocol.is(IpProtocol.UDP), () => packet.pass());

  const client = Client.local({ address: ip.source });
  const count = clients.lookup(client).otherwise(() => packet.drop());
  count.atomic("packets").add(1);
  count.atomic("bytes").add(packet.length);
  packet.pass();
});
