import {
  type Counters,
  noCounters,
  noRates,
  type ServerStatus,
  type ServiceStatus,
} from "../../ipvs/model.js";
import { flagsOf } from "../../ipvs/schedulers.js";
import { IpAddress } from "../../wire/address.js";
import { sinceZeroed, sum } from "./counters.js";
import { Server, ServiceFlag } from "./layout.js";
import { averagesOf, perSecond } from "./rates.js";
import { methodNamed, persistenceOf, serviceIdOf } from "./records.js";
import { schedulerName } from "./schedulers/index.js";
import { readList } from "./server-list.js";
import { tunnelOf } from "./server-record.js";
import type { DirectorState } from "./state.js";

const addressOffset = Server.offsetOf("address");

/** A service with its servers, as they are now. Without `count` counters and rates stay 0. */
export function serviceStatus(
  state: DirectorState,
  index: number,
  count?: (server: number) => Counters,
): ServiceStatus {
  const record = state.services.at(index);
  const slots = readList(state, index);
  const servers = slots.map((slot): ServerStatus => {
    const server = state.servers.glance(slot);
    const status: ServerStatus = {
      address: IpAddress.within(
        state.servers.memory,
        state.servers.offset(slot) + addressOffset,
        server.family === 6 ? 6 : 4,
      ),
      port: server.port,
      method: methodNamed(server.configured),
      weight: server.weight,
      upperThreshold: server.upperThreshold,
      lowerThreshold: server.lowerThreshold,
      active: server.active,
      inactive: server.inactive,
      persistent: server.persistent,
      counters: count ? sinceZeroed(state, slot, count) : noCounters,
      rates: count ? perSecond(averagesOf(state, [slot])) : noRates,
    };
    return status.method === "tunnel" ? { ...status, tunnel: tunnelOf(state.servers.at(slot)) } : status;
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
