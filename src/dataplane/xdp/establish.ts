import {
  Be16,
  Be32,
  constant64,
  context,
  give,
  pointer,
  subprogram,
  TcpFlag,
  type U32,
  U64,
  u32,
  u64,
  unless,
  unlikely,
  when,
} from "../../asm/index.js";
import { claimer } from "./claim.js";
import { count } from "./count.js";
import { Attempt, type AttemptView, type EntryView, type Table } from "./flow.js";
import { Entry, EntryFlag, entriesPerBucket, Kind, Ready, ServiceKey } from "./layout.js";
import { servers, serviceIndex, services, statistics } from "./maps.js";
import { freshness, refresh } from "./next-hop.js";
import { nobody, Request, schedule } from "./schedule.js";
import { stateNumber } from "./tcp-states.js";
import { crowd, isExpired, release, stateOf, withdraw } from "./track.js";

/**
 * The part of the director that makes connections: `establish` for a flow that has no entry, `renew` for one whose entry
 * may be over. Both give the entry, or nothing and then the packet's verdict in the attempt.
 */
export function connectionMaker(table: Table, verdicts: { readonly pass: number; readonly drop: number }) {
  const claim = claimer(table);
  const leave = (attempt: AttemptView, verdict: number) => {
    attempt.set({ verdict });
    give(0);
  };

  const establish = subprogram("establish", [pointer(Attempt), context], pointer(Entry), (attempt, ctx) => {
    // Only a SYN makes a connection. All else belongs to the host, which knows nothing of it and says so.
    const flags = attempt.flags;
    when(flags.and(TcpFlag.SYN | TcpFlag.RST).isNot(TcpFlag.SYN), () => leave(attempt, verdicts.pass));

    const key = ServiceKey.local({});
    key.write(u32, "address", attempt.addresses.high);
    key.write(u32, "port", attempt.ports.shiftRight(16).low.or(4 << 24)); // port, protocol, family
    const number = serviceIndex.lookup(key).otherwise(() => leave(attempt, verdicts.pass));

    const request = Request.local({
      client: new Be32(attempt.addresses.low.source).host,
      destination: new Be32(attempt.addresses.high.source).host,
      port: new Be16(attempt.ports.low.source).host,
    });
    request.write(u32, "destinationAddress", attempt.addresses.high);
    const chosen = schedule(services.at(number.index), request);
    when(chosen.is(nobody), () => {
      // Nobody takes it: the host itself, where no one listens on that port, refuses the client at once.
      count("no_server");
      leave(attempt, verdicts.pass);
    });
    const server = servers.at(chosen);
    const tick = attempt.tick;
    when(server.ready.isNot(Ready.yes).or(tick.sub(server.checked).above(freshness)), () => {
      refresh(ctx, server, tick);
    });
    const ready = server.ready;
    when(ready.is(Ready.notOurs), () => leave(attempt, verdicts.pass));
    unless(ready.is(Ready.yes), () => {
      count("no_route");
      leave(attempt, verdicts.drop);
    });

    const entry = claim(attempt).otherwise(() => {
      count("table_full");
      leave(attempt, verdicts.drop);
    });
    entry.write(u64, "client", attempt.addresses);
    entry.write(u64, "clientPort", attempt.ports);
    entry.set({ server: chosen, expires: tick.add(64) });
    server.atomic("inactive").add(1);
    crowd(server);
    attempt.set({ generation: publish(entry) });
    const settled = settle(attempt, entry).otherwise(() => give(0));
    when(new U64(settled.asPointer).is(new U64(entry.asPointer)), () => {
      statistics.lookup(chosen).whenFound((counts) => counts.set({ connections: counts.connections.add(1) }));
    });
    return settled;
  });

  const renew = subprogram(
    "renew",
    [pointer(Attempt), context, pointer(Entry)],
    pointer(Entry),
    (attempt, ctx, entry) => {
      const word = entry.word;
      const over = () => {
        release(entry, word, Kind.free);
        give(establish(attempt, ctx).unchecked);
      };
      when(word.and(Kind.mask).isNot(Kind.live), () => give(establish(attempt, ctx).unchecked));
      when(isExpired(entry, attempt.tick), over);
      // A client that uses a port again: the old connection is over, and the new one is scheduled at once.
      const closing = stateOf(word)
        .is(stateNumber("TIME_WAIT"))
        .or(stateOf(word).is(stateNumber("CLOSE")));
      when(attempt.flags.and(TcpFlag.SYN).isNot(0).and(closing), over);
      return entry;
    },
  );

  /**
   * Two CPUs may have made an entry for the same flow at once. Both look again after they have published theirs, and the one
   * that stands lower stays: its maker takes the other one away too, because the other's may have looked before.
   */
  const settle = subprogram("settle", [pointer(Attempt), pointer(Entry)], pointer(Entry), (attempt, mine) => {
    const { hash, addresses, ports } = attempt;
    for (const half of [hash.low, hash.high]) {
      const bucket = table.at(half);
      for (let i = 0; i < entriesPerBucket; i++) {
        const other = bucket.entries.at(i);
        unlikely(other.read(u64, "clientPort").is(ports).and(isOther(other, mine)), () => {
          const word = other.word;
          when(other.read(u64, "client").is(addresses).and(word.and(Kind.mask).is(Kind.live)), () => {
            count("lost_race");
            when(isLower(mine, other), () => {
              withdraw(other, word.high);
            });
            when(isLower(other, mine), () => {
              withdraw(mine, attempt.generation);
              give(other);
            });
          });
        });
      }
    }
    return mine;
  });

  return { establish, renew };
}

const isOther = (one: EntryView, other: EntryView) => new U64(one.asPointer).isNot(new U64(other.asPointer));
const isLower = (one: EntryView, other: EntryView) => new U64(one.asPointer).below(new U64(other.asPointer));

/** Makes a filled entry visible: by an exchange, which no CPU sees before what was written ahead of it. Gives its generation. */
function publish(entry: EntryView): U32 {
  const kept = entry.word.and(constant64(0xffff_ffff_0000_0000n));
  entry.atomic("word").exchange(kept.or(Kind.live | EntryFlag.inactive));
  return kept.high;
}
