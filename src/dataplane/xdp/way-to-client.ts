import {
  type Bytes,
  type Condition,
  callHelper,
  type Ethernet,
  give,
  type Hook,
  type StructView,
  U32,
  unless,
  type View,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { ClientKey, clientWays } from "./client-ways.js";
import { count } from "./count.js";
import { FibLookup } from "./layout.js";
import { AddressFamily, ask, Fib, loopback } from "./next-hop.js";

/** What goes to a client, and to which one. */
export interface ToClient {
  readonly isIpv6: Condition;
  /** Writes the client's address, as it stands in a header. */
  putAddress(place: Bytes): void;
  /** Bytes from the IP header on. */
  readonly length: U32;
}

/**
 * Finds the way to a client, as the host's routing has it; where there is none, or the packet is too long for it, it `leave`s.
 * Calls `sure` when the packet will be sent, unless nobody knows the client's neighbour. Gives what sends a packet: it writes
 * the frame's addresses and gives the verdict.
 */
export function wayToClient(
  hook: Hook,
  ctx: View,
  { isIpv6, putAddress, length }: ToClient,
  { leave, sure }: { leave: () => void; sure: () => void },
): (ethernet: StructView<(typeof Ethernet)["shape"]>) => void {
  const way = FibLookup.local({
    family: AddressFamily.inet,
    device: loopback,
    // At tc the kernel measures the packet by itself, one of many segments too.
    length: hook === "xdp" ? length : 0,
  });
  putAddress(way.destination);
  when(isIpv6, () => way.set({ family: AddressFamily.inet6 }));
  const answer = ask(ctx, way);
  const unknown = answer.is(Fib.noNeighbour);
  unless(answer.is(Fib.success).or(unknown), leave);
  const device = variable(way.device);
  sure();
  if (hook === "xdp")
    when(unknown, () => {
      const key = ClientKey.local({});
      putAddress(key.address);
      const known = clientWays.lookup(key).otherwise(() => {
        count("no_neighbour");
        give(verdictsOf.xdp.drop);
      });
      way.destinationMac.copy(known.destination);
      way.sourceMac.copy(known.source);
      device.set(known.device);
    });
  return (ethernet) => {
    // The kernel asks for the neighbour, and keeps the packet meanwhile.
    if (hook === "tc")
      when(unknown, () => give(new U32(callHelper("redirect_neigh", device.value, 0, 0, 0))));
    ethernet.destination.copy(way.destinationMac);
    ethernet.source.copy(way.sourceMac);
    give(new U32(callHelper("redirect", device.value, 0)));
  };
}
