import {
  type AtomicPlace,
  array,
  coarseNow,
  constant32,
  give,
  loop,
  type Number32,
  random,
  SharedStruct,
  struct,
  subprogram,
  type U32,
  type U64,
  u32,
  u64,
  variable,
  when,
} from "../../asm/index.js";
import { settings } from "./maps.js";

/**
 * How many ICMP errors a host sends, with the kernel's defaults (Documentation/networking/ip-sysctl.rst): all together
 * icmp_msgs_per_sec, with bursts of icmp_msgs_burst; to one host one in icmp_ratelimit milliseconds, with bursts of six. A
 * bucket holds milliseconds of having sent nothing, up to its burst, and a message takes its price out.
 */
const rules = {
  all: { price: 1, needed: 1, burst: 50 },
  host: { price: 1000, needed: 1000, burst: 6000 },
} as const;

/** Hosts share buckets; a secret decides which. */
const hostBuckets = 1024;

/**
 * Token buckets; they change by compare-and-swap. All zero is full.
 *
 *      63                          32 31                           0
 *     +------------------------------+------------------------------+
 *     | when it was last changed, ms | tokens then, ms              |
 *     +------------------------------+------------------------------+
 */
const IcmpLimits = struct("IcmpLimits", { all: u64, hosts: array(u64, hostBuckets) });
export const icmpLimits = new SharedStruct("icmp_limits", IcmpLimits);

/** Whether an ICMP error may be sent to a host now, told by 32 bits of its address (1 or 0). Counts it as sent, if so. */
export const mayAnswer = subprogram("may_answer", [u32], u32, (host) => {
  const now = coarseNow().div(1_000_000).low;
  const { here } = icmpLimits;
  // One on average, as the kernel does: who watches the limit from outside can't tell who else is answered (CVE-2020-25705).
  const price = random().mod(3).mul(rules.all.price);
  const all = take(here.atomic("all"), () => here.all, now, { ...rules.all, price });
  const index = host.extended.mul(settings.here.secrets.at(1)).shiftRight(40).low;
  const { hosts } = here;
  when(all.is(0), () => give(0));
  return take(hosts.atomic(index), () => hosts.at(index), now, { ...rules.host, price: rules.host.price });
});

/** Takes `price` out of a bucket if as much as `needed` is in it: 1 if so. */
function take(
  place: AtomicPlace<U64>,
  read: () => U64,
  now: U32,
  { price, needed, burst }: { price: Number32; needed: number; burst: number },
): U32 {
  const done = variable(constant32(0));
  // Only another CPU's message in the same instant makes a turn fail.
  loop(constant32(4), 4, (_, leave) => {
    const before = read();
    const elapsed = now.sub(before.high);
    const had = variable(constant32(burst));
    when(elapsed.below(burst), () => {
      const sum = elapsed.add(before.low);
      when(sum.below(burst), () => had.set(sum));
    });
    when(had.value.below(needed), leave);
    const left = variable(constant32(0));
    when(had.value.above(price), () => left.set(had.value.sub(price)));
    const after = now.extended.shiftLeft(32).or(left.value);
    when(place.compareAndSwap(before, after).is(before), () => {
      done.set(constant32(1));
      leave();
    });
  });
  return done.value;
}
