import {
  type Counters,
  noCounters,
  noRates,
  type ServerStatus,
  type ServiceStatus,
} from "../../ipvs/model.js";
import { flagsOf } from "../../ipvs/schedulers.js";
import { sinceZeroed, sum } from "./counters.js";
import { Method, ServiceFlag } from "./layout.js";
import { averagesOf, perSecond } from "./rates.js";
import { addressIn, methodNamed, persistenceOf, serviceIdOf } from "./records.js";
import { schedulerName } from "./schedulers/index.js";
import { readList } from "./server-list.js";
import { tunnelOf } from "./server-record.js";
import type { DirectorState } from "./state.js";

/** A service with its servers, as they are now. Without `count` counters and rates stay 0. */
export function serviceStatus(
  state: DirectorState,
  index: number,
  count?: (server: number) => Counters,
): ServiceStatus {
  const record = state.services.at(index);
  const slots = readList(state, index);
  const servers = slots.map((slot): ServerStatus => {
    const server = state.servers.at(slot);
    return {
      address: addressIn(server.address, server.family),
      port: server.port,
      method: methodNamed(server.configured),
      ...(server.configured === Method.tunnel && { tunnel: tunnelOf(server) }),
      weight: server.weight,
      upperThreshold: server.upperThreshold,
      lowerThreshold: server.lowerThreshold,
      active: server.active,
      inactive: server.inactive,
      persistent: server.persistent,
      counters: count ? sinceZeroed(state, slot, count) : noCounters,
      rates: count ? perSecond(averagesOf(state, [slot])) : noRates,
    };
  });
  const scheduler = schedulerName(record.scheduler);
  return {
    id: serviceIdOf(record),
    scheduler,
    schedulerFlags: flagsOf(scheduler, record.flags),
    onePacket: (record.flags & ServiceFlag.onePacket) !== 0,
    ...((record.flags & ServiceFlag.persistent) !== 0 && { persistence: persistenceOf(record) }),
    counters: count ? servers.map(({ counters }) => counters).reduce(sum, record.retired) : noCounters,
    rates: count ? perSecond(averagesOf(state, slots)) : noRates,
    servers,
  };
}
