import type { PlainStruct } from "../../asm/index.js";
import { noCounters, type ServiceId, type ServiceSpec } from "../../ipvs/model.js";
import { flagBits } from "../../ipvs/schedulers.js";
import { type Service, ServiceFlag, ServiceNumber, ticks, Use } from "./layout.js";
import { release } from "./mend.js";
import { RecordIndex } from "./record-index.js";
import { identityOf, isWild, maskBytes, serviceKey } from "./records.js";
import { schedulerId } from "./schedulers/index.js";
import { leaveList, readList, writeList } from "./server-list.js";
import { orphanSlots, removeSlot } from "./server-slots.js";
import type { DirectorState } from "./state.js";

/** The number of a service's record, if there is such a service. */
export function findService(state: DirectorState, id: ServiceId): number | undefined {
  const found = state.maps["service_index"]!.lookup(serviceKey(identityOf(id)));
  return found && ServiceNumber.over(found).index;
}

/** Makes a service that there is not yet. */
export function addService(state: DirectorState, spec: ServiceSpec): void {
  const identity = identityOf(spec.id);
  const records = RecordIndex.of(state);
  const index = records.takeService();
  const record = state.services.at(index);
  record.state = 0n;
  record.list = 0;
  record.address = identity.address;
  record.port = identity.port;
  record.protocol = identity.protocol;
  record.family = identity.family;
  record.mark = spec.id.kind === "mark" ? spec.id.mark : 0;
  record.retired = noCounters;
  describeService(record, spec);
  writeList(state, index, [], { kind: "scheduler", scheduler: schedulerId(spec.scheduler) });
  record.use = Use.live;
  state.maps["service_index"]!.update(serviceKey(identity), ServiceNumber.encode({ index }));
  if (isWild(identity)) state.settings.wildServices++;
  records.serviceAdded(index);
  if (records.services.size === 1) release(state, 1);
}

/** Gives a service what can be changed of it. */
export function editService(state: DirectorState, index: number, spec: ServiceSpec): void {
  const record = state.services.at(index);
  const scheduler = schedulerId(spec.scheduler);
  if (record.scheduler !== scheduler)
    writeList(state, index, readList(state, index), { kind: "scheduler", scheduler });
  describeService(record, spec);
}

/** Takes a service away, with its servers. */
export function removeService(state: DirectorState, index: number): void {
  const record = state.services.at(index);
  state.maps["service_index"]!.delete(serviceKey(record));
  if (isWild(record)) state.settings.wildServices--;
  for (const server of readList(state, index)) removeSlot(state, server);
  orphanSlots(state, index);
  record.use = Use.free;
  leaveList(state, index);
  RecordIndex.of(state).serviceGone(index);
}

/** What can be edited of a service beside its scheduler. */
function describeService(record: PlainStruct<(typeof Service)["shape"]>, spec: ServiceSpec): void {
  const { persistence } = spec;
  if (persistence) {
    record.netmask = maskBytes(persistence.netmask);
    record.persistence = ticks(persistence.timeout);
  }
  record.flags =
    flagBits(spec.scheduler, spec.schedulerFlags) |
    (persistence ? ServiceFlag.persistent : 0) |
    (spec.onePacket ? ServiceFlag.onePacket : 0);
}
