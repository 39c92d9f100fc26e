import {
  give,
  globalSubprogram,
  pointer,
  type U32,
  u32,
  unless,
  type Variable,
  variable,
  when,
} from "../../asm/index.js";
import { count } from "./count.js";
import { copyKey, publish, refer } from "./entry.js";
import {
  attemptAt,
  clientPortOf,
  type EntryView,
  entryAt,
  familyOf,
  isIpv6,
  numberOf,
  portsOf,
  protocolOf,
  virtualPortOf,
} from "./flow.js";
import { Attempt, EntryFlag, Kind, Method } from "./layout.js";
import { servers } from "./maps.js";
import type { Parts } from "./parts.js";
import { isOther } from "./settle.js";
import { isReferred } from "./table.js";
import { aliasRest, hasFlag } from "./track.js";

type Quad = [Variable<U32>, Variable<U32>, Variable<U32>, Variable<U32>];

/**
 * Makes the alias by which the answers of a server behind NAT, or on this host, find the connection `attempt.entry` of the
 * generation `attempt.generation`; a server on this host that isn't behind NAT answers from the virtual address. If another
 * connection has the alias (the same client reaches the same server by two services with one port), it changes hands. Gives 0
 * if the table is full. `use` is the attempt that it may fill.
 */
export function aliasMaker(
  { table, claim, hash, findFlow, withdraw }: Parts,
  use: "alias" | "toldAlias" = "alias",
) {
  return globalSubprogram("make_alias", [pointer(Attempt)], u32, (attempt) => {
    const number = attempt.server;
    const server = servers.at(number);
    const { ports, entry: owner, generation } = attempt;
    const alias = attemptAt(use).otherwise(() => give(0));
    alias.set({ tick: attempt.tick });
    const answering = (port: U32) =>
      alias.set({
        ports: portsOf(port.or(clientPortOf(ports).shiftLeft(16)), protocolOf(ports), familyOf(ports)),
      });
    const isNat = server.configured.is(Method.masq);
    when(
      isNat.not.or(hasFlag(entryAt(table, owner).word, EntryFlag.samePort)),
      () => answering(virtualPortOf(ports)),
      () => answering(server.port.raw),
    );
    const isSix = isIpv6(ports);
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => variable(server.address.word(4 * i))) as Quad;
    unless(isNat, () => {
      when(
        isSix,
        () => {
          for (const [i, part] of [a, b, c, d].entries()) {
            const two = attempt.addresses.at(2 + (i >> 1));
            part.set(i & 1 ? two.high : two.low);
          }
        },
        () => a.set(attempt.addresses.at(0).high),
      );
    });
    const put = (index: number, low: U32, high: U32) =>
      alias.addresses.put(index, high.extended.shiftLeft(32).or(low));
    when(
      isSix,
      () => {
        put(0, a.value, b.value);
        put(1, c.value, d.value);
        alias.addresses.put(2, attempt.addresses.at(0));
        alias.addresses.put(3, attempt.addresses.at(1));
      },
      () => {
        put(0, a.value, attempt.addresses.at(0).low);
        for (const index of [1, 2, 3]) alias.addresses.put(index, 0);
      },
    );
    hash(alias);
    const isOwnerGone = () => isReferred(entryAt(table, owner), generation.and(0xffff), 0).not;
    /** Another CPU may have taken the owner away for its own entry meanwhile, and have looked here before: then it is that one's. */
    const handOver = (existing: EntryView) => {
      refer(existing, owner, generation);
      existing.set({ server: number, expires: alias.tick.add(aliasRest) });
      existing.atomic("word").compareAndSwap(0, 0); // What follows is read after what was written.
      when(isOwnerGone(), () =>
        findFlow(attempt).whenFound((living) => {
          refer(existing, numberOf(table, living), living.word.high);
          existing.set({ server: living.server });
        }),
      );
    };
    findFlow(alias).whenFound((existing) => {
      when(hasFlag(existing.word, EntryFlag.alias), () => {
        handOver(existing);
        give(1);
      });
    });
    const made = claim(alias).otherwise(() => {
      count("table_full");
      give(0);
    });
    copyKey(made, alias);
    refer(made, owner, generation);
    made.set({ server: number, expires: alias.tick.add(aliasRest) });
    const mine = publish(made, Kind.live | EntryFlag.alias);
    // Two CPUs may have made one at once: the one that is found stays.
    findFlow(alias).whenFound((first) => {
      when(isOther(first, made).and(hasFlag(first.word, EntryFlag.alias)), () => {
        unless(isOwnerGone(), () => handOver(first));
        withdraw(made, mine);
      });
    });
    return 1;
  });
}
