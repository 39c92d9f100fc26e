import { HashMap, LookupArray, LruHashMap, PerCpuArray, SharedArray, SharedStruct } from "../../asm/index.js";
import {
  Allowance,
  Attempt,
  Destination,
  DestinationKey,
  FragmentKey,
  FragmentRecord,
  ListWord,
  Rate,
  Server,
  Service,
  ServiceKey,
  ServiceNumber,
  Settings,
  Statistics,
  Sweep,
} from "./layout.js";

/** How many services, servers and words of server lists there is room for in one network namespace. */
export const capacity = {
  services: 16_384,
  servers: 131_072,
  listWords: 1 << 20,
  destinations: 24_576,
  fragments: 8192,
} as const;

export const settings = new SharedStruct("settings", Settings);
export const services = new SharedArray("services", Service, capacity.services);
export const servers = new SharedArray("servers", Server, capacity.servers);
export const lists = new SharedArray("lists", ListWord, capacity.listWords);
export const serviceIndex = new HashMap("service_index", ServiceKey, ServiceNumber, capacity.services, {
  noPrealloc: true,
});
/** Where lblc and lblcr sent the packets for which addresses, of all services (see schedulers/destinations.ts). */
export const destinations = new HashMap("destinations", DestinationKey, Destination, capacity.destinations, {
  noPrealloc: true,
});
/** One without members, to copy: a program's stack has no room for it. Nobody writes it. */
export const noDestination = new SharedStruct("no_destination", Destination);
export const statistics = new PerCpuArray("statistics", Statistics, capacity.servers);
/** First fragments that came lately; the others of their packets follow them. */
export const fragments = new LruHashMap("fragments", FragmentKey, FragmentRecord, capacity.fragments);
/** Beside {@link servers}, and only the sweeper's and who zeroes. */
export const rates = new SharedArray("rates", Rate, capacity.servers);
export const allowance = new PerCpuArray("allowance", Allowance, 1);
/**
 * A CPU's attempts: they are too large for the stack, of which all functions that call one another have 512 bytes. A packet
 * is through before the next one comes to the same CPU.
 */
export const attempts = new PerCpuArray("attempts", Attempt, 7);
export const sweep = new LookupArray("sweep", Sweep, 1);
