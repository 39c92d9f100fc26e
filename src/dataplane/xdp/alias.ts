import { give, globalSubprogram, pointer, type U32, u32, when } from "../../asm/index.js";
import { count } from "./count.js";
import { copyKey, publish, refer } from "./entry.js";
import {
  attemptAt,
  clientPortOf,
  entryAt,
  familyOf,
  isIpv6,
  portsOf,
  protocolOf,
  virtualPortOf,
} from "./flow.js";
import { Attempt, EntryFlag, Kind } from "./layout.js";
import { servers } from "./maps.js";
import type { Parts } from "./parts.js";
import { aliasRest, hasFlag } from "./track.js";

/**
 * Makes the alias by which the answers of a server behind NAT find the connection `attempt.entry` of the generation
 * `attempt.generation`. If another connection has it (the same client reaches the same server by two services with one
 * port), it changes hands. Gives 0 if the table is full.
 */
export function aliasMaker({ table, claim, hash, findFlow }: Parts) {
  return globalSubprogram("make_alias", [pointer(Attempt)], u32, (attempt) => {
    const number = attempt.server;
    const server = servers.at(number);
    const { ports, entry: owner, generation } = attempt;
    const alias = attemptAt("alias").otherwise(() => give(0));
    alias.set({ tick: attempt.tick });
    const answering = (port: U32) =>
      alias.set({
        ports: portsOf(port.or(clientPortOf(ports).shiftLeft(16)), protocolOf(ports), familyOf(ports)),
      });
    when(
      hasFlag(entryAt(table, owner).word, EntryFlag.samePort),
      () => answering(virtualPortOf(ports)),
      () => answering(server.port.raw),
    );
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => server.address.word(4 * i)) as [U32, U32, U32, U32];
    const put = (index: number, low: U32, high: U32) =>
      alias.addresses.put(index, high.extended.shiftLeft(32).or(low));
    when(
      isIpv6(ports),
      () => {
        put(0, a, b);
        put(1, c, d);
        alias.addresses.put(2, attempt.addresses.at(0));
        alias.addresses.put(3, attempt.addresses.at(1));
      },
      () => {
        put(0, a, attempt.addresses.at(0).low);
        for (const index of [1, 2, 3]) alias.addresses.put(index, 0);
      },
    );
    hash(alias);
    findFlow(alias).whenFound((existing) => {
      when(hasFlag(existing.word, EntryFlag.alias), () => {
        refer(existing, owner, generation);
        existing.set({ server: number, expires: alias.tick.add(aliasRest) });
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
    publish(made, Kind.live | EntryFlag.alias);
    return 1;
  });
}
