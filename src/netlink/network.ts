import { withNetworkNamespace } from "../sys/index.js";
import { Addresses } from "./addresses.js";
import { GenericNetlink } from "./generic.js";
import type { LinkReference } from "./link-name.js";
import { Links } from "./links.js";
import { Neighbours } from "./neighbours.js";
import { NetlinkProtocol, NetlinkSocket } from "./netlink-socket.js";
import { Offloads } from "./offloads.js";
import { Routes } from "./routes.js";
import { Rules } from "./rules.js";
import { TrafficControl } from "./traffic-control.js";
import { readXdpFeatures, type XdpFeatures } from "./xdp-features.js";

/** The network of one namespace: what `ip`, `tc` and `ethtool` do, over sockets that stay in that namespace. */
export class Network {
  readonly links: Links;
  readonly addresses: Addresses;
  readonly routes: Routes;
  readonly rules: Rules;
  readonly neighbours: Neighbours;
  readonly trafficControl: TrafficControl;
  readonly offloads: Offloads;
  /** Other generic families. */
  readonly generic: GenericNetlink;
  readonly #route: NetlinkSocket;
  readonly #genericSocket: NetlinkSocket;

  /** Use {@link openNetwork}. */
  constructor(route: NetlinkSocket, generic: NetlinkSocket) {
    this.#route = route;
    this.#genericSocket = generic;
    this.links = new Links(route);
    this.addresses = new Addresses(route);
    this.routes = new Routes(route);
    this.rules = new Rules(route);
    this.neighbours = new Neighbours(route);
    this.trafficControl = new TrafficControl(route);
    this.generic = new GenericNetlink(generic);
    this.offloads = new Offloads(this.generic);
  }

  /** What the link's driver does for XDP; undefined if the kernel can't tell (before Linux 6.3). */
  xdpFeatures(link: LinkReference): XdpFeatures | undefined {
    return readXdpFeatures(this.generic, this.#route, link);
  }

  /** A second call does nothing. */
  close(): void {
    this.#route.close();
    this.#genericSocket.close();
  }
}

/**
 * Opens the network of the calling thread's namespace, or of the one that `namespace` (a descriptor) is; the
 * descriptor isn't needed after the call. `timeout` is how long to wait for an answer, 5000 ms if not given.
 *
 *     const network = openNetwork({ namespace });
 *     network.links.createVeth({ name: "veth0", peer: { name: "veth1", namespace: other, up: true } });
 *     network.addresses.add("veth0", { address: IpAddress.of("192.168.4.5"), prefixLength: 24 });
 *     network.links.up("veth0");
 *     network.close();
 *
 * @throws SystemError
 */
export function openNetwork(options: { namespace?: number; timeout?: number } = {}): Network {
  const { namespace, ...socketOptions } = options;
  return namespace === undefined
    ? openHere(socketOptions)
    : withNetworkNamespace(namespace, () => openHere(socketOptions));
}

function openHere(options: { timeout?: number }): Network {
  const route = new NetlinkSocket(NetlinkProtocol.route, options);
  try {
    return new Network(route, new NetlinkSocket(NetlinkProtocol.generic, options));
  } catch (error) {
    route.close();
    throw error;
  }
}
