import {
  Be16,
  type Condition,
  constant32,
  give,
  globalSubprogram,
  networkOrder16,
  pointer,
  type U32,
  u32,
  when,
} from "../../asm/index.js";
import { addressesIn } from "./entry-addresses.js";
import { type AttemptView, familyOf, isIpv6, protocolOf, virtualPortOf } from "./flow.js";
import { Attempt, markFamily, ServiceKey } from "./layout.js";
import { serviceIndex, settings } from "./maps.js";
import { MarkQuery, markOf } from "./marks.js";
import { fillVirtual } from "./virtual-address.js";

/** What {@link serviceOf} gives when no service wants the packet. */
export const noService = 0xffff_ffff;

const ftp = networkOrder16(21).raw;
const ftpData = networkOrder16(20).raw;
/** Ports that need no privilege: the passive half of FTP. */
const firstFreePort = 1024;

/**
 * The number of the service that a packet without connection is for, in the kernel's order (ip_vs_service_find): its
 * mark; its address, protocol and port; for a port of FTP's data the service at FTP's port; any port.
 */
export const serviceOf = globalSubprogram("service_of", [pointer(Attempt)], u32, (attempt) => {
  const port = virtualPortOf(attempt.ports);
  const look = (port: U32) => {
    const key = ServiceKey.local({});
    fillVirtual(key.address, attempt);
    key.write(
      u32,
      "port",
      port.or(attempt.ports.high.and(0xff).shiftLeft(16)).or(familyOf(attempt.ports).shiftLeft(24)),
    );
    serviceIndex.lookup(key).whenFound((found) => give(found.index));
  };
  when(settings.here.markList.and(0xffff).isNot(0), () => {
    const mark = markOf(markQueryOf(attempt));
    when(mark.isNot(0), () => {
      const key = ServiceKey.local({});
      key.address.putWord(0, mark.toBe32.raw);
      key.write(u32, "port", familyOf(attempt.ports).or(markFamily).shiftLeft(24));
      serviceIndex.lookup(key).whenFound((found) => give(found.index));
    });
  });
  look(port);
  when(settings.here.wildServices.isNot(0), () => {
    when(attempt.event.below(32).and(isFtpData(port)), () => look(ftp));
    look(constant32(0));
  });
  return noService;
});

/** What an attempt's mark depends on. */
function markQueryOf(attempt: AttemptView) {
  const { ports } = attempt;
  const query = MarkQuery.local({
    port: new Be16(virtualPortOf(ports).source).host,
    protocol: protocolOf(ports),
    family: familyOf(ports),
  });
  const [one, two, three, four] = addressesIn(attempt);
  when(
    isIpv6(ports),
    () => query.set({ source0: one, source1: two, destination0: three, destination1: four }),
    () => query.set({ source0: one.low.extended, destination0: one.high.extended }),
  );
  return query;
}

/** Whether a TCP port may be FTP's data connection: its own one, or one that needs no privilege. */
const isFtpData = (port: U32): Condition =>
  port.is(ftpData).or(port.and(0xff).shiftLeft(8).or(port.shiftRight(8)).atLeast(firstFreePort));
