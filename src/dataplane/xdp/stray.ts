import {
  callback,
  constant32,
  context,
  give,
  globalSubprogram,
  pointer,
  repeat,
  struct,
  u32,
  u64,
  unless,
  variable,
  when,
} from "../../asm/index.js";
import { type AttemptView, familyOf, isIpv6, protocolOf } from "./flow.js";
import { Attempt, Use } from "./layout.js";
import { services, settings } from "./maps.js";
import { ownAddress } from "./next-hop.js";
import { noService, serviceOf } from "./service-of.js";

/** Of more services the others are not looked at: their fragments are the host's. Who sends many must not hold a CPU up. */
const mostTried = 1024;

/** Looks for a service by its address alone. It has to lie on the stack, as the kernel's loop wants it. */
const Search = struct("Search", { address0: u64, address1: u64, protocol: u32, family: u32, found: u32 });

/**
 * Whether an attempt without ports, of a fragment that tells none, may be for a service: 1 if its destination is this host's
 * and the address of a service of its protocol, or if a service takes packets whatever their port. All others are not ours.
 */
export const isStray = globalSubprogram("is_stray", [context, pointer(Attempt)], u32, (ctx, attempt) => {
  when(serviceOf(attempt).is(noService), () => {
    const search = searchFor(attempt);
    const number = variable(settings.here.servicesUsed);
    when(number.value.above(mostTried), () => number.set(constant32(mostTried)));
    repeat(number.value, tryService, search);
    when(search.found.is(0), () => give(0));
  });
  return ownAddress(ctx, attempt);
});

function searchFor(attempt: AttemptView) {
  const { ports, addresses } = attempt;
  const search = Search.local({ protocol: protocolOf(ports), family: familyOf(ports) });
  when(
    isIpv6(ports),
    () => search.set({ address0: addresses.at(2), address1: addresses.at(3) }),
    () => search.set({ address0: addresses.at(0).high.extended }),
  );
  return search;
}

const tryService = callback("try_service", [u32, pointer(Search)], (turn, search) => {
  const service = services.at(turn);
  unless(service.use.is(Use.live).and(service.mark.is(0)), () => give(0));
  unless(service.protocol.is(search.protocol).and(service.family.is(search.family)), () => give(0));
  const { address } = service;
  unless(address.wide(0).is(search.address0).and(address.wide(8).is(search.address1)), () => give(0));
  search.set({ found: 1 });
  return 1;
});
