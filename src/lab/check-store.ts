import { didYouMean } from "../nearest.js";
import type { Fault } from "./shape.js";
import { storePlace } from "./store/place.js";
import { hostsOf, type Topology } from "./topology.js";

/** Whether each store is one, and each web server's store is there and within its reach. */
export function* storeFaults(topology: Topology): Generator<Fault> {
  const stores = hostsOf(topology, "store").map(({ name }) => name);
  for (const [h, host] of topology.hosts.entries()) {
    const { name, role, store, web } = host;
    const path = `hosts[${h}]`;
    if (role === "store" && !store)
      yield {
        path: `${path}.store`,
        what: `host ${name} is a store, and its field store, { port: 8049 }, is missing`,
      };
    if (role !== "store" && store)
      yield {
        path: `${path}.store`,
        what: `host ${name} has the field store, and its role is ${role}, not store`,
      };
    if (role === "store" && web)
      yield { path: `${path}.web`, what: `host ${name} is a store: it has no web server` };
    if (web?.store === undefined) continue;
    const wanted = topology.hosts.find((each) => each.name === web.store);
    if (!wanted)
      yield {
        path: `${path}.web.store`,
        what: `the store of ${name} is "${web.store}", which no host is${didYouMean(web.store, stores)}`,
      };
    else if (wanted.role !== "store")
      yield {
        path: `${path}.web.store`,
        what: `the store of ${name} is ${web.store}, whose role is ${wanted.role}, not store${didYouMean(web.store, stores)}`,
      };
    else if (wanted.store && !storePlace(topology, host))
      yield {
        path: `${path}.web.store`,
        what: `${name} and its store ${web.store} have no network in common, on which ${web.store} has an address`,
      };
  }
}
