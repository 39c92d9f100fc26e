import {
  array,
  constant32,
  type Program,
  struct,
  type U32,
  U64,
  u16,
  u32,
  u64,
  unless,
  variable,
  when,
  xdp,
} from "../../asm/index.js";
import { aliasMaker } from "./alias.js";
import { tickNow } from "./clock.js";
import { copyKey, publish } from "./entry.js";
import { attemptAt, noTemplate, numberOf, type Secrets } from "./flow.js";
import { EntryFlag, Kind, Method, stateShift } from "./layout.js";
import { servers } from "./maps.js";
import { partsOf } from "./parts.js";
import { connectionTable, type TableShape } from "./table.js";
import { crowd, hasFlag, isExpired, setLife, stateChanger } from "./track.js";
import { activeMark } from "./transitions.js";

/**
 * What a test run of {@link syncInserter} is given in the place of a packet: an entry that another director told of, and what came of it.
 * The first 40 bytes are an entry's key as it stands in the table.
 */
export const ToldEntry = struct(
  "ToldEntry",
  {
    ports: u64,
    addresses: array(u64, 4),
    server: u32,
    /** Ticks that it lives from now on, and a template after each new connection. */
    rest: u32,
    /** Its state, with the mark of activity as the transitions have it. */
    next: u32,
    /** `template`, `samePort`. */
    flags: u32,
    packets: u16,
    padding: u16,
    result: u32,
  },
  { size: 64 },
);

/** What came of an entry. */
export const ToldResult = { none: 0, made: 1, updated: 2, ignored: 3, full: 4 } as const;

/**
 * Takes an entry that another director told of into the table, as a packet would have made it (net/netfilter/ipvs/ip_vs_sync.c,
 * ip_vs_proc_conn): one that is there changes its state and gets time; one whose flow goes to another server gives way, unless what was told
 * is inactive. No template leads to it: its own director counts for that.
 */
export function syncInserter(shape: TableShape, secrets: Secrets): Program {
  const table = connectionTable(shape);
  const parts = partsOf(table, secrets);
  const { claim, settle, hash, findFlow, withdraw, expire } = parts;
  const { changeState } = stateChanger(table);
  const makeAlias = aliasMaker(parts, "toldAlias");

  return xdp("sync_inserter", (packet) => {
    const told = packet.header(ToldEntry, () => packet.drop());
    const finish = (result: number) => {
      told.set({ result });
      packet.pass();
    };
    const attempt = attemptAt("told").otherwise(() => packet.drop());
    const tick = tickNow();
    attempt.set({ tick, ports: told.ports, server: told.server, template: noTemplate });
    for (const index of [0, 1, 2, 3]) attempt.addresses.put(index, told.addresses.at(index));
    hash(attempt);
    const isTemplate = told.flags.and(EntryFlag.template).isNot(0);
    const stateBits = told.next.and(15).shiftLeft(stateShift);
    const isActive = told.next.and(activeMark).isNot(0);

    findFlow(attempt).whenFound((entry) => {
      const word = entry.word;
      when(hasFlag(word, EntryFlag.alias), () => finish(ToldResult.ignored));
      const isGone = variable(constant32(0));
      when(isExpired(entry, tick), () => isGone.set(expire(entry, word, Kind.free, tick)));
      when(isGone.value.is(0), () => {
        when(entry.server.isNot(told.server).and(hasFlag(word, EntryFlag.template).not), () => {
          unless(isActive, () => finish(ToldResult.ignored));
          withdraw(entry, word.high);
        });
        when(entry.word.high.is(word.high), () => {
          entry.expires = tick.add(told.rest);
          when(
            isTemplate,
            () => {
              entry.atomic("word").or(stateBits.extended);
              setLife(entry, told.rest);
            },
            () => {
              changeState(entry, word, told.next);
            },
          );
          finish(ToldResult.updated);
        });
      });
    });

    const made = claim(attempt).otherwise(() => finish(ToldResult.full));
    const server = servers.at(told.server);
    copyKey(made, attempt);
    made.set({ server: told.server, expires: tick.add(told.rest) });
    const flags = variable<U32>(
      constant32(Kind.live | EntryFlag.synced)
        .or(told.flags)
        .or(stateBits),
    );
    const isNat = server.configured.is(Method.masq);
    when(
      isTemplate,
      () => {
        made.set({ reference: 0 });
        setLife(made, told.rest);
        server.atomic("persistent").add(1);
      },
      () => {
        made.set({ reference: noTemplate, packets: told.packets, referenceGeneration: 0 });
        when(
          isNat,
          () => flags.set(flags.value.or(EntryFlag.nat)),
          () => flags.set(flags.value.or(EntryFlag.noOutput)),
        );
        when(server.configured.is(Method.tunnel), () => flags.set(flags.value.or(EntryFlag.tunnel)));
        when(
          isActive,
          () => server.atomic("active").add(1),
          () => {
            flags.set(flags.value.or(EntryFlag.inactive));
            server.atomic("inactive").add(1);
          },
        );
        crowd(server);
      },
    );
    attempt.set({ generation: publish(made, flags.value) });
    const settled = settle(attempt, made).otherwise(() => finish(ToldResult.ignored));
    when(new U64(settled.asPointer).isNot(new U64(made.asPointer)), () => finish(ToldResult.updated));
    attempt.entry = numberOf(table, settled);
    const wantsAlias = isTemplate.not.and(isNat.or(server.method.is(Method.local)));
    when(wantsAlias, () => {
      when(makeAlias(attempt).is(0), () => {
        withdraw(settled, attempt.generation);
        finish(ToldResult.full);
      });
    });
    finish(ToldResult.made);
  });
}
