import {
  type Condition,
  callHelper,
  context,
  give,
  globalSubprogram,
  type Hook,
  U32,
  u32,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { NextHop } from "./layout.js";
import { servers } from "./maps.js";
import { rewrite } from "./rewrite.js";
import type { ServerView } from "./track.js";

/**
 * NAT's way to the server: makes the function that sends the packet in the context to a server (its index), to a port (as it
 * stands in a header), and gives the verdict.
 */
export function translator(hook: Hook) {
  return globalSubprogram("translate", [context, u32, u32], u32, (ctx, number, port) => {
    const server = servers.at(number);
    const address = (family: 4 | 6) => addressOf(server, family);
    rewrite(hook, ctx, { side: "destination", address, port }, (ethernet) => {
      ethernet.write(NextHop, "destination", server.nextHop);
      give(new U32(callHelper("redirect", server.device, 0)));
    });
  });
}

/**
 * The same for a server on this host: the packet goes on to the host's stack, with the server's address. A loopback address is
 * not to be reached from without, whatever the host's settings say (net/netfilter/ipvs/ip_vs_xmit.c, ip_vs_nat_xmit).
 */
export function localTranslator(hook: Hook) {
  const { pass, drop } = verdictsOf[hook];
  return globalSubprogram("translate_here", [context, u32, u32], u32, (ctx, number, port) => {
    const server = servers.at(number);
    when(isLoopback(server), () => give(drop));
    const address = (family: 4 | 6) => addressOf(server, family);
    rewrite(hook, ctx, { side: "destination", address, port, isLocal: true }, () => give(pass));
  });
}

const addressOf = (server: ServerView, family: 4 | 6): U32[] =>
  Array.from({ length: family === 4 ? 1 : 4 }, (_, i) => server.address.word(4 * i));

/** 127.0.0.0/8 or ::1. */
function isLoopback(server: ServerView): Condition {
  const [first, second, third, last] = addressOf(server, 6) as [U32, U32, U32, U32];
  const isIpv6 = server.family.is(6);
  const one = first.or(second).or(third).is(0).and(last.is(0x0100_0000));
  return isIpv6.not.and(first.and(0xff).is(127)).or(isIpv6.and(one));
}
