import { Be16, Be32, type U32, type U64, when } from "../../asm/index.js";
import { addressesIn } from "./entry-addresses.js";
import { type AttemptView, clientPortOf, isIpv6 } from "./flow.js";
import { Request } from "./schedule.js";
import { fillVirtual } from "./virtual-address.js";

/** What a scheduler is asked with: addresses folded to one word as the kernel does it, in host order. */
export function requestOf(attempt: AttemptView) {
  const { ports } = attempt;
  const request = Request.local({ port: new Be16(clientPortOf(ports).source).host });
  const [a, b, c, d] = addressesIn(attempt);
  const folded = (one: U64, two: U64) => hostWord(one.low.xor(one.high).xor(two.low).xor(two.high));
  when(
    isIpv6(ports),
    () => {
      request.set({ client: folded(a, b), destination: folded(c, d) });
    },
    () => {
      request.set({ client: hostWord(a.low), destination: hostWord(a.high) });
    },
  );
  fillVirtual(request.destinationAddress, attempt);
  return request;
}

const hostWord = (raw: U32): U32 => new Be32(raw.source).host;
