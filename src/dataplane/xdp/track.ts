import {
  block,
  type Condition,
  constant32,
  give,
  globalSubprogram,
  loop,
  pointer,
  type StructView,
  type U32,
  type U64,
  u32,
  u64,
  when,
} from "../../asm/index.js";
import {
  Entry,
  EntryFlag,
  generation,
  Kind,
  type Server,
  ServerFlag,
  stateMask,
  stateShift,
  ticks,
} from "./layout.js";
import { servers } from "./maps.js";
import { type EntryView, referred, type Table } from "./table.js";
import { activeMark } from "./transitions.js";

export type ServerView = StructView<(typeof Server)["shape"]>;

/** The state that an entry's word tells. */
export const stateOf = (word: U64): U32 => word.low.shiftRight(stateShift).and(15);
/** Whether a word has one of these flags. */
export const hasFlag = (word: U64, flags: number): Condition => word.and(flags).isNot(0);

/** ESTABLISHED of TCP and of SCTP, as the transitions have it: no other state of theirs that is active has these numbers. */
const established = [1, 8].map((state) => state | activeMark);
/** The state of a template of which a connection has been established. */
const assured = 1;

/**
 * What changes the states of connections.
 *
 * `changeState` gives a connection another state (`next` as the transitions have it, with the mark of activity), unless
 * another CPU was quicker; whoever changes the word counts the connection as active or inactive. The word before is `word`.
 *
 * `assure` says of the template of a connection that it has led to a server that answers.
 */
export function stateChanger(table: Table) {
  const assure = globalSubprogram("assure", [pointer(Entry)], u32, (entry) => {
    const { reference, referenceGeneration } = entry;
    const template = referred(table, reference, referenceGeneration, EntryFlag.template, () => give(0));
    template.atomic("word").or(assured << stateShift);
    return 0;
  });

  const change = (entry: EntryView, word: U64, next: U32) => {
    const kept = word.and(~BigInt(stateMask | EntryFlag.inactive));
    const shifted = kept.or(next.and(15).shiftLeft(stateShift));
    const server = servers.at(entry.server);
    const wasInactive = hasFlag(word, EntryFlag.inactive);
    when(
      next.and(activeMark).isNot(0),
      () => {
        when(entry.atomic("word").compareAndSwap(word, shifted).is(word).and(wasInactive), () => {
          server.atomic("active").add(1);
          server.atomic("inactive").sub(1);
        });
        const isEstablished = established.map((one) => next.is(one)).reduce((one, other) => one.or(other));
        when(hasFlag(word, EntryFlag.controlled).and(isEstablished), () => {
          assure(entry);
        });
      },
      () => {
        const swapped = entry.atomic("word").compareAndSwap(word, shifted.or(EntryFlag.inactive)).is(word);
        when(swapped.and(wasInactive.not), () => {
          server.atomic("inactive").add(1);
          server.atomic("active").sub(1);
        });
      },
    );
  };

  const changeState = globalSubprogram(
    "change_state",
    [pointer(Entry), u64, u32],
    u32,
    (entry, word, next) => {
      const { former } = table;
      if (!former) {
        change(entry, word, next);
        return 0;
      }
      // Who found an entry before it was moved changes the one that took its place.
      when(word.and(Kind.mask).is(Kind.live), () => change(entry, word, next));
      when(entry.word.and(Kind.mask).isNot(Kind.moved), () => give(0));
      const now = former.successor(entry).otherwise(() => give(0));
      // It came with the word that it had: if that is still its word, nobody has changed it.
      const wordNow = now.word;
      const flagsAndState = stateMask | allFlags;
      when(wordNow.xor(word).and(flagsAndState).isNot(0), () => give(0));
      change(now, wordNow, next);
      return 0;
    },
  );
  return { changeState, assure };
}
const allFlags = Object.values(EntryFlag).reduce((all, flag) => all | flag, 0);
export type Changer = ReturnType<typeof stateChanger>;

/** What a template's connections are to a template that has expired: another minute, as long as there are any. */
const templateRest = ticks(60);
/** How long a template lives after each new connection: what its service said when it was made, or the minute that it got. */
export const lifeOf = (template: EntryView): U32 => template.read(u32, "packets");
export const setLife = (template: EntryView, life: U32 | number): void =>
  template.write(u32, "packets", typeof life === "number" ? constant32(life) : life);
/** How long an alias of a living connection lives until it is looked at again. */
export const aliasRest = ticks(60);

/**
 * What takes entries out of a table.
 *
 * `release` takes an entry out, unless another CPU was quicker: its place gets the kind `becomes` and a new generation, and
 * its server and its template count one connection less. Gives 1 if it was taken out.
 *
 * `expire` does so with one whose time is over, unless something lives by it: a template with connections, an alias whose
 * connection goes on. That gets more time. Gives 1 if it was taken out.
 *
 * `withdraw` takes a live entry out while it is of that generation, also if its state changes meanwhile.
 */
export function remover(table: Table) {
  const takeOut = (entry: EntryView, word: U64, becomes: U32) => {
    // What has moved is another's to release.
    if (table.former) when(word.and(Kind.mask).is(Kind.moved), () => give(0));
    const server = servers.at(entry.server);
    const { reference, referenceGeneration } = entry;
    const next = word
      .and(BigInt(0xffff_ffff) << 32n)
      .add(generation)
      .or(becomes);
    when(entry.atomic("word").compareAndSwap(word, next).isNot(word), () => give(0));
    when(hasFlag(word, EntryFlag.alias), () => give(1));
    when(hasFlag(word, EntryFlag.template), () => {
      server.atomic("persistent").sub(1);
      give(1);
    });
    when(
      hasFlag(word, EntryFlag.inactive),
      () => server.atomic("inactive").sub(1),
      () => server.atomic("active").sub(1),
    );
    uncrowd(server);
    when(hasFlag(word, EntryFlag.controlled), () => {
      const template = referred(table, reference, referenceGeneration, EntryFlag.template, () => give(1));
      template.atomic("reference").sub(1);
    });
    give(1);
  };
  const release = globalSubprogram("release", [pointer(Entry), u64, u32], u32, takeOut);

  const expireArguments = [pointer(Entry), u64, u32, u32] as const;
  const expire = globalSubprogram("expire", expireArguments, u32, (entry, word, becomes, tick) => {
    when(hasFlag(word, EntryFlag.template).and(entry.reference.isNot(0)), () => {
      entry.expires = tick.add(templateRest);
      setLife(entry, templateRest);
      give(0);
    });
    when(hasFlag(word, EntryFlag.alias), () => {
      block((over) => {
        const owner = referred(table, entry.reference, entry.referenceGeneration, 0, over);
        const rest = owner.expires.sub(tick);
        when(rest.signedAtLeast(1), () => {
          when(
            rest.above(aliasRest),
            () => {
              entry.expires = tick.add(aliasRest);
            },
            () => {
              entry.expires = owner.expires;
            },
          );
          give(0);
        });
      });
    });
    // Not by a call: functions may call one another eight deep, and the longest way here is nearly so.
    takeOut(entry, word, becomes);
  });

  const withdraw = globalSubprogram("withdraw", [pointer(Entry), u32], u32, (entry, generation) => {
    // Only a packet of the same flow on another CPU changes it: it does not do so for long.
    loop(constant32(8), 8, (_, leave) => {
      const word = entry.word;
      when(word.high.isNot(generation).or(word.and(Kind.mask).isNot(Kind.live)), leave);
      when(release(entry, word, Kind.free).is(1), leave);
    });
    return 0;
  });

  return { release, expire, withdraw };
}

export type Remover = ReturnType<typeof remover>;

/** Marks a server that has as many connections as it may as overloaded. */
export function crowd(server: ServerView): void {
  const upper = server.upperThreshold;
  when(upper.isNot(0), () => {
    when(server.active.add(server.inactive).atLeast(upper), () =>
      server.atomic("flags").or(ServerFlag.overloaded),
    );
  });
}

/** Takes the mark away below the lower threshold, or below three quarters of the upper one where there is no lower. */
function uncrowd(server: ServerView): void {
  when(server.flags.and(ServerFlag.overloaded).isNot(0), () => {
    const total = server.active.add(server.inactive);
    const clear = () => server.atomic("flags").and(~ServerFlag.overloaded);
    const lower = server.lowerThreshold;
    when(
      lower.isNot(0),
      () => when(total.below(lower), clear),
      () => when(total.shiftLeft(2).below(server.upperThreshold.mul(3)), clear),
    );
  });
}

/** Whether an entry's time is over. Times wrap, so the difference counts, not the order. */
export const isExpired = (entry: EntryView, tick: U32): Condition => tick.sub(entry.expires).signedAtLeast(0);
