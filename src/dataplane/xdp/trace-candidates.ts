import {
  callback,
  constant32,
  give,
  globalSubprogram,
  pointer,
  repeat,
  type StructView,
  struct,
  type U32,
  U64,
  u32,
  u64,
  variable,
  viewAt,
  when,
} from "../../asm/index.js";
import { Destination, DestinationKey, listHead, ServerFlag } from "./layout.js";
import { destinations, servers, services } from "./maps.js";
import { memberOf } from "./schedulers/destinations.js";
import { nobody, Request } from "./schedulers/index.js";
import { listAt, word } from "./schedulers/list.js";
import { traced } from "./trace-maps.js";
import { type Candidate, CandidateFlag, mostCandidates, Stage } from "./trace-record.js";

type CandidateView = StructView<(typeof Candidate)["shape"]>;

/** A walk over the first servers of a list. */
const Walk = struct("CandidateWalk", {
  servers: u32,
  cache: u32,
  /** The address of what lblc or lblcr remembers of the destination. */
  destination: u64,
});

/** Writes down what a service's scheduler is about to see: its state, and its first servers with their loads. */
export const tellCandidates = globalSubprogram(
  "trace_candidates",
  [u32, pointer(Request)],
  u32,
  (number, request) => {
    const mine = traced.lookup(constant32(0)).otherwise(() => give(0));
    when(mine.pending.is(0), () => give(0));
    const { record } = mine;
    const service = services.at(number);
    const { list, cache } = service;
    const { count, version, servers } = listAt(list);
    const scheduler = word(list.add(listHead.scheduler));
    const { client, destination, port } = request;
    record.choice.set({
      before: service.state,
      scheduler,
      list,
      count,
      version,
      client,
      destination,
      port,
      flags: service.flags,
    });
    record.stages = record.stages.or(Stage.scheduled);
    const walk = Walk.local({ servers, cache });
    const turns = variable(count);
    when(turns.value.above(mostCandidates), () => turns.set(constant32(mostCandidates)));
    const key = DestinationKey.local({ cache, scheduler });
    key.address.copy(request.destinationAddress);
    destinations.lookup(key).whenFound((known) => {
      walk.set({ destination: new U64(known.asPointer) });
      repeat(turns.value, rememberedCandidate, walk);
      give(0);
    });
    repeat(turns.value, plainCandidate, walk);
    return 0;
  },
);

/** Writes down whom it chose. */
export const tellChosen = globalSubprogram("trace_chosen", [u32, u32], u32, (number, chosen) => {
  const mine = traced.lookup(constant32(0)).otherwise(() => give(0));
  when(mine.pending.is(0), () => give(0));
  const { choice } = mine.record;
  choice.set({ chosen, after: services.at(number).state });
  when(chosen.isNot(nobody), () => fill(choice.winner, chosen, constant32(0)));
});

const plainCandidate = callback("plain_candidate", [u32, pointer(Walk)], (turn, walk) => {
  const mine = traced.lookup(constant32(0)).otherwise(() => give(1));
  fill(mine.record.candidates.at(turn), word(walk.servers.add(turn)), constant32(0));
  return 0;
});

/** The same, and whether it is remembered for the destination. */
const rememberedCandidate = callback("remembered_candidate", [u32, pointer(Walk)], (turn, walk) => {
  const mine = traced.lookup(constant32(0)).otherwise(() => give(1));
  const index = word(walk.servers.add(turn));
  const member = memberOf(walk.cache, index);
  const known = viewAt(Destination, walk.destination);
  const flags = variable(constant32(0));
  for (let place = 0; place < 32; place++)
    when(known.members.at(place).is(member), () => flags.set(constant32(CandidateFlag.remembered)));
  fill(mine.record.candidates.at(turn), index, flags.value);
  return 0;
});

function fill(place: CandidateView, index: U32, flags: U32): void {
  const { weight, active, inactive, flags: marks } = servers.at(index);
  const overloaded = marks.and(ServerFlag.overloaded); // the same bit
  place.set({ server: index, weight, active, inactive, flags: flags.or(overloaded) });
}
