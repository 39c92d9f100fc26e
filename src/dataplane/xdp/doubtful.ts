import {
  block,
  choose,
  constant32,
  give,
  IpProtocol,
  pointer,
  subprogram,
  u32,
  u64,
  variable,
  when,
} from "../../asm/index.js";
import { type SctpState, sctpStates } from "../../ipvs/model.js";
import { count } from "./count.js";
import { Entry, EntryFlag, Kind, ticks } from "./layout.js";
import { sweep } from "./maps.js";
import { timeoutOf } from "./next-state.js";
import { stateNumber } from "./tcp-states.js";
import { hasFlag, type Remover, stateOf } from "./track.js";
import { firstEvent } from "./transitions.js";

/** A connection that had a packet within these seconds is let be. */
const restingSeconds = 60;
/** A connection that had more packets is a real one. */
const fewPackets = 8;

/**
 * Takes an entry out that is not over, if it is doubtful: half open, or established with few packets and long silent, and
 * of those the more the fewer packets they had; of UDP the latter; templates that never came to anything
 * (net/netfilter/ipvs/ip_vs_conn.c, ip_vs_random_dropentry).
 */
export const doubter = (release: Remover["release"]) =>
  subprogram("drop_if_doubtful", [pointer(Entry), u64, u32], undefined, (entry, word, tick) => {
    when(hasFlag(word, EntryFlag.alias), () => give(0));
    const state = stateOf(word);
    block((doubtful) => {
      when(hasFlag(word, EntryFlag.template), () => {
        when(state.isNot(0).or(entry.reference.isNot(0)), () => give(0));
        doubtful();
      });
      const event = variable(constant32(firstEvent.udp));
      choose(
        entry.protocol,
        new Map([
          [
            IpProtocol.TCP,
            () => {
              when(state.is(tcp("SYN_RECV")).or(state.is(tcp("SYNACK"))), doubtful);
              when(state.isNot(tcp("ESTABLISHED")), () => give(0));
              event.set(constant32(firstEvent.tcp));
            },
          ],
          [
            sctpProtocol,
            () => {
              when(state.is(sctp("INIT1")).or(state.is(sctp("INIT"))), doubtful);
              when(state.isNot(sctp("ESTABLISHED")), () => give(0));
              event.set(constant32(firstEvent.sctp));
            },
          ],
        ]),
      );
      const timeout = timeoutOf(event.value, state);
      when(tick.sub(entry.expires).add(timeout).below(ticks(restingSeconds)), () => give(0));
      when(isItsTurn(entry.packets).is(0), () => give(0));
    });
    when(release(entry, word, Kind.free).is(1), () => count("dropped_entry"));
  });

const sctpProtocol = 132;
const tcp = stateNumber;
const sctp = (name: SctpState): number => sctpStates.indexOf(name);

/** Of connections with n packets every n-th is taken (todrop_entry): 1 if it is this one. */
const isItsTurn = subprogram("is_its_turn", [u32], u32, (packets) => {
  when(packets.is(0).or(packets.above(fewPackets)), () => give(0));
  const { spared } = sweep.lookup(0).otherwise(() => give(0));
  const left = spared.at(packets);
  when(left.above(1), () => {
    spared.put(packets, left.sub(1));
    give(0);
  });
  spared.put(packets, packets);
  return 1;
});
