import {
  type Condition,
  constant32,
  constant64,
  give,
  type U32,
  type U64,
  unless,
  when,
} from "../../asm/index.js";
import { noServer } from "./capture-record.js";
import { addressesIn } from "./entry-addresses.js";
import { type AttemptView, familyOf, isIpv6, protocolOf, virtualPortOf } from "./flow.js";
import { noService } from "./layout.js";
import { servers, services, settings } from "./maps.js";
import { traceFilter } from "./trace-maps.js";
import type { RecordView, TracedView } from "./trace-notes.js";
import { Stage } from "./trace-record.js";

/** Ends here if nobody traces any more, or there have been too many. */
export function goOnIfWanted(mine: TracedView, tick: U32): void {
  const until = settings.here.capturing;
  when(tick.sub(until).signedAtLeast(0), () => {
    // Who traced was killed. If somebody else begins at this moment, his time stays.
    settings.here.atomic("capturing").compareAndSwap(until, 0);
    give(0);
  });
  const window = tick.shiftRight(windowShift);
  when(mine.window.isNot(window), () => mine.set({ window, sent: constant32(0) }));
  when(mine.sent.atLeast(traceFilter.here.limit), () => {
    mine.limited = mine.limited.add(1);
    give(0);
  });
}
/** 64 ticks of 2^24 ns are 1.07 seconds. */
const windowShift = 6;

/** Ends here if what the flow tells is not wanted. Which of its two ends is the client is not known yet. */
export function goOnIfFits(attempt: AttemptView): void {
  const filter = traceFilter.here;
  const { ports } = attempt;
  const differs = (wanted: U32, is: U32) => wanted.isNot(0).and(is.isNot(wanted));
  when(differs(filter.protocol, protocolOf(ports)), () => give(0));
  const port = filter.clientPort;
  when(port.isNot(0).and(ports.low.and(0xffff).isNot(port)).and(virtualPortOf(ports).isNot(port)), () =>
    give(0),
  );
  const family = filter.clientFamily;
  when(family.isNot(0), () => {
    when(familyOf(ports).isNot(family), () => give(0));
    const [one, two, three, four] = addressesIn(attempt);
    const isClient = (upper: U64, lower: U64): Condition => {
      const [first, second] = [upper, lower].map((word, i) =>
        word.xor(filter.client.at(i)).and(filter.clientMask.at(i)),
      ) as [U64, U64];
      return first.or(second).is(0);
    };
    when(
      isIpv6(ports),
      () => unless(isClient(one, two).or(isClient(three, four)), () => give(0)),
      () => {
        const zero = constant64(0n);
        unless(isClient(one.low.extended, zero).or(isClient(one.high.extended, zero)), () => give(0));
      },
    );
  });
}

/** Ends here if it is another server's or another service's. What got no server is a service's by where it was sent. */
export function goOnIfOf(record: RecordView, number: U32): void {
  const filter = traceFilter.here;
  when(filter.byServer.isNot(0), () => {
    when(number.is(constant32(noServer)), () => give(0));
    const server = servers.at(number);
    unless(server.address.is(filter.server), () => give(0));
    const port = filter.serverPort;
    when(port.isNot(0).and(server.port.raw.isNot(port)), () => give(0));
  });
  when(filter.byService.isNot(0), () => {
    const compare = (address: { is(other: typeof filter.serviceAddress): Condition }, rest: U32[]) => {
      unless(address.is(filter.serviceAddress), () => give(0));
      const wanted = [filter.servicePort, filter.serviceProtocol, filter.serviceFamily];
      rest.forEach((value, i) => void when(value.isNot(wanted[i]!), () => give(0)));
    };
    when(
      number.isNot(constant32(noServer)),
      () => {
        const { serviceAddress, servicePort, serviceProtocol, serviceFamily } = servers.at(number);
        compare(serviceAddress, [servicePort.raw, serviceProtocol, serviceFamily]);
      },
      () => {
        when(record.stages.and(Stage.service).is(0).or(record.service.is(noService)), () => {
          // None was found: by the address that it was sent to, if the filter is one.
          when(record.stages.and(Stage.flow).is(0), () => give(0));
          const { ports } = record.flow;
          when(filter.serviceProtocol.isNot(protocolOf(ports)), () => give(0));
          when(filter.serviceFamily.isNot(familyOf(ports)), () => give(0));
          const port = filter.servicePort;
          when(port.isNot(0).and(virtualPortOf(ports).isNot(port)), () => give(0));
          const [one, , three, four] = addressesIn(record.flow);
          const { serviceAddress } = filter;
          when(
            isIpv6(ports),
            () => {
              when(three.isNot(serviceAddress.wide(0)).or(four.isNot(serviceAddress.wide(8))), () => give(0));
            },
            () => when(one.high.isNot(serviceAddress.word(0)), () => give(0)),
          );
        });
        when(record.stages.and(Stage.service).isNot(0).and(record.service.isNot(noService)), () => {
          const service = services.at(record.service);
          compare(service.address, [service.port.raw, service.protocol, service.family]);
        });
      },
    );
  });
}
