import { withNetworkNamespace } from "../sys/index.js";
import { Addresses } from "./addresses.js";
import { Links } from "./links.js";
import { Neighbours } from "./neighbours.js";
import { NetlinkProtocol, NetlinkSocket } from "./netlink-socket.js";
import { Routes } from "./routes.js";

/** The network of one namespace: what `ip`, `tc` and `ethtool` do, over sockets that stay in that namespace. */
export class Network {
  readonly links: Links;
  readonly addresses: Addresses;
  readonly routes: Routes;
  readonly neighbours: Neighbours;
  readonly #sockets: readonly NetlinkSocket[];

  /** Use {@link openNetwork}. */
  constructor(route: NetlinkSocket) {
    this.#sockets = [route];
    this.links = new Links(route);
    this.addresses = new Addresses(route);
    this.routes = new Routes(route);
    this.neighbours = new Neighbours(route);
  }

  /** A second call does nothing. */
  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

/**
 * Opens the network of the calling thread's namespace, or of the one that `namespace` (a descriptor) is; the
 * descriptor isn't needed after the call.
 *
 *     const network = openNetwork({ namespace });
 *     network.links.createVeth({ name: "veth0", peer: { name: "veth1", namespace: other } });
 *     network.addresses.add("veth0", { address: IpAddress.of("192.168.4.5"), prefixLength: 24 });
 *     network.links.up("veth0");
 *     network.close();
 */
export function openNetwork(options: { namespace?: number; timeout?: number } = {}): Network {
  const { namespace, ...socketOptions } = options;
  const open = () => new Network(new NetlinkSocket(NetlinkProtocol.route, socketOptions));
  return namespace === undefined ? open() : withNetworkNamespace(namespace, open);
}
