import {
  array,
  callback,
  give,
  pointer,
  repeat,
  SharedArray,
  struct,
  subprogram,
  type U32,
  type U64,
  u8,
  u16,
  u32,
  u64,
  unless,
  when,
} from "../../asm/index.js";
import { mostMarkRules } from "../../ipvs/marks.js";
import { settings } from "./maps.js";

/**
 * A mark rule as packets read it. An IPv4 address fills the first four bytes of its sixteen, zeros the rest; a packet fits if
 * its addresses under the masks are the rule's. What doesn't matter is zero: family, protocol, masks; ports are then 0 to 65535.
 *
 *      0             16            32                 48            64    66     68        69       70    72
 *     +-------------+-------------+------------------+-------------+-----+------+---------+--------+-----+------+
 *     | source      | its mask    | destination      | its mask    | low | high |protocol | family |given| mark |
 *     |             |             |                  |             | port| port |         |        |     |      |
 *     +-------------+-------------+------------------+-------------+-----+------+---------+--------+-----+------+
 */
export const MarkRecord = struct(
  "MarkRecord",
  {
    source: array(u64, 2),
    sourceMask: array(u64, 2),
    destination: array(u64, 2),
    destinationMask: array(u64, 2),
    lowPort: u16,
    highPort: u16,
    protocol: u8,
    family: u8,
    /** What the rule was given, for listings: bits of {@link Given}. */
    given: u16,
    mark: u32,
  },
  { size: 128 },
);

/** Bits of a record's `given`. */
export const Given = { source: 1, destination: 2, ports: 4 } as const;

/** A new list of rules goes to the block after the one in use: a packet that still reads the old one is long through by the fourth. */
export const markBlocks = 4;
/** `settings.markList` says which rules count: the block in the upper 16 bits, their number in the lower ones. */
export const markBlockShift = 16;

export const marks = new SharedArray("marks", MarkRecord, markBlocks * mostMarkRules);

/** ICMPv6 is asked for as ICMP. */
export const protocolIcmp = 1;
const protocolIcmp6 = 58;

/**
 * What a packet's mark depends on: both halves of its addresses as they stand in its header (of IPv4 the first half has all, in
 * its lower 32 bits), the destination port as a number (0 where there is none). It has to lie on the stack of a calling function,
 * as the kernel's loop wants it. `first` and `mark` are for {@link markOf} alone.
 */
export const MarkQuery = struct("MarkQuery", {
  source0: u64,
  source1: u64,
  destination0: u64,
  destination1: u64,
  port: u32,
  protocol: u32,
  /** 4 or 6. */
  family: u32,
  first: u32,
  mark: u32,
});

/** The mark of a packet: that of the first rule that fits, else 0. */
export const markOf = subprogram("mark_of", [pointer(MarkQuery)], u32, (query) => {
  const list = settings.here.markList;
  const count = list.and(0xffff);
  when(count.is(0), () => give(0));
  when(query.protocol.is(protocolIcmp6), () => query.set({ protocol: protocolIcmp }));
  query.set({ first: list.shiftRight(markBlockShift).mul(mostMarkRules), mark: 0 });
  repeat(count, tryRule, query);
  return query.mark;
});

const tryRule = callback("try_mark_rule", [u32, pointer(MarkQuery)], (turn, query) => {
  const rule = marks.at(query.first.add(turn));
  unless(matters(rule.family, query.family), () => give(0));
  unless(matters(rule.protocol, query.protocol), () => give(0));
  when(query.port.below(rule.lowPort).or(query.port.above(rule.highPort)), () => give(0));
  const { source, sourceMask, destination, destinationMask } = rule;
  const other = [
    differs(query.destination0, destination.at(0), destinationMask.at(0)),
    differs(query.source0, source.at(0), sourceMask.at(0)),
    differs(query.destination1, destination.at(1), destinationMask.at(1)),
    differs(query.source1, source.at(1), sourceMask.at(1)),
  ];
  when(other.reduce((all, one) => all.or(one)).isNot(0), () => give(0));
  query.set({ mark: rule.mark });
  return 1;
});

const matters = (wanted: U32, has: U32) => wanted.is(0).or(wanted.is(has));

/** The bits under the mask in which an address is another than the rule's. */
const differs = (has: U64, wanted: U64, mask: U64): U64 => has.xor(wanted).and(mask);
