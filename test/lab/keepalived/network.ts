import { type Ending, ip, type Place, place } from "../netlink-places.js";
import { type Maker, Router } from "./router.js";

/** Two routers and a client at one switch: 192.168.4.11, .12 and .10; fd00:4::11, ::12 and ::10. */
export interface RouterNetwork {
  readonly switch: Place;
  readonly client: Place;
  readonly first: Router;
  readonly second: Router;
}

export function buildRouters(t: Ending, first: Maker, second: Maker): RouterNetwork {
  const [middle, client, one, two] = [place(t), place(t), place(t), place(t)];
  middle.network.links.createBridge({ name: "br0", mac: "02:00:00:00:04:00", up: true });
  const plug = (host: Place, number: number): string => {
    const port = `port${number}`;
    middle.network.links.createVeth({
      name: port,
      up: true,
      peer: { name: "eth0", mac: `02:00:00:00:04:${number}`, namespace: host.namespace, up: true },
    });
    middle.network.links.change(port, { master: "br0" });
    host.network.addresses.add("eth0", {
      address: ip(`192.168.4.${number}`),
      prefixLength: 24,
      broadcast: ip("192.168.4.255"),
    });
    host.network.addresses.add("eth0", {
      address: ip(`fd00:4::${number}`),
      prefixLength: 64,
      noDuplicateDetection: true,
    });
    return port;
  };
  plug(client, 10);
  const made = {
    switch: middle,
    client,
    first: new Router(first, one, middle, plug(one, 11)),
    second: new Router(second, two, middle, plug(two, 12)),
  };
  t.after(() => {
    made.first.remove();
    made.second.remove();
  });
  return made;
}
