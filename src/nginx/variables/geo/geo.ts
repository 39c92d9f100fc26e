import { at, Mistake } from "../../../config/nginx/mistake.js";
import type { GeoModel } from "../../../config/nginx/model/index.js";
import { IpAddress } from "../../../wire/index.js";
import type { Registry } from "../registry.js";
import type { Subject } from "../subject.js";
import { forwardedAddress } from "./forwarded-address.js";
import { type Network, parseNetwork, parseRange, unmapped } from "./network.js";
import { stepsOfRanges } from "./ranges.js";
import { Steps, stepsOfNetworks } from "./steps.js";

/** Where geo has addresses from. */
export interface GeoAddresses<S extends Subject> {
  /** The client's; undefined: it came by a Unix socket. */
  client(subject: S): IpAddress | undefined;
  /** The values of X-Forwarded-For fields, in their order; stream has none. */
  forwardedFor?(subject: S): readonly string[];
}

/** What nginx looks up where there is no address (INADDR_NONE). */
const noAddress = [-1];

/**
 * Defines the variable of a `geo` (ngx_http_geo_module, ngx_stream_geo_module).
 * @throws Mistake with its place: `invalid network "x"`, `invalid range "x"`, `range "x" overlaps "y"`
 */
export function defineGeo<S extends Subject>(
  model: GeoModel,
  registry: Registry<S>,
  addresses: GeoAddresses<S>,
): void {
  const addressOf = addressGetter(model, registry, addresses);
  const find = model.ranges ? rangeFinder(model) : networkFinder(model);
  registry.define(
    model.variable,
    (subject) => {
      const address = addressOf(subject);
      return find(address && unmapped(address));
    },
    { changeable: true },
  );
}

type Find = (address: IpAddress | undefined) => string;

function networkFinder(model: GeoModel): Find {
  const networks = model.entries.map(({ network, value, place }) => ({
    ...at(place, () => checkedNetwork(network)),
    value,
  }));
  const [four, six] = ([4, 6] as const).map((family) => {
    const own = networks.filter((network) => network.family === family);
    return new Steps(family, stepsOfNetworks(own, model.default));
  });
  return (address) => (address?.family === 6 ? six! : four!).find(address?.words ?? noAddress);
}

function rangeFinder(model: GeoModel): Find {
  const ranges = model.entries.map(({ network, value, place, removes }) => {
    const range = parseRange(network);
    if (!range) throw new Mistake(`invalid range "${network}"`, { place });
    return { ...range, value, text: network, place, removes };
  });
  const steps = new Steps(4, stepsOfRanges(ranges, model.default));
  return (address) => steps.find(address?.family === 4 ? address.words : noAddress);
}

function checkedNetwork(text: string): Network {
  const network = parseNetwork(text);
  if (!network) throw new Mistake(`invalid network "${text}"`);
  return network;
}

/** The address that a request is judged by: the client's or a variable's, or whom a proxy that is believed names. */
function addressGetter<S extends Subject>(
  { source, proxies, proxyRecursive }: GeoModel,
  registry: Registry<S>,
  { client, forwardedFor }: GeoAddresses<S>,
): (subject: S) => IpAddress | undefined {
  const number = source === undefined ? undefined : registry.reference(source);
  const own = number === undefined ? client : (subject: S) => IpAddress.parse(registry.text(subject, number));
  if (proxies.length === 0 || !forwardedFor) return own;
  const networks = proxies.map((proxy) => ({ ...checkedNetwork(proxy), value: true }));
  const [four, six] = ([4, 6] as const).map((family) => {
    const those = networks.filter((network) => network.family === family);
    return new Steps<boolean>(family, stepsOfNetworks(those, false));
  });
  const isProxy = (address: IpAddress) => {
    const plain = unmapped(address);
    return (plain.family === 4 ? four! : six!).find(plain.words);
  };
  return (subject) => {
    const address = own(subject);
    const values = address ? forwardedFor(subject) : [];
    return address && values.length > 0
      ? forwardedAddress(address, values, isProxy, proxyRecursive)
      : address;
  };
}
