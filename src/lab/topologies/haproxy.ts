import type { Topology } from "../topology.js";
import { haproxyFileFor } from "./haproxy-files.js";
import { client, nic, proxy, webServer } from "./parts.js";

const vip = "192.168.4.5";

/** HAProxy between two networks: clients connect to it, and it to the web servers, twice as often to the first. */
export const haproxy: Topology = {
  name: "haproxy",
  summary: "HAProxy between the client's network and that of two web servers, weights 2 and 1",
  networks: [
    { name: "vmnet4", prefix: "192.168.4.0/24" },
    { name: "vmnet2", prefix: "192.168.2.0/24" },
  ],
  hosts: [
    client(nic("eth0", "vmnet4", "192.168.4.10/24")),
    proxy(
      "haproxy",
      [nic("ens33", "vmnet4", `${vip}/24`), nic("ens37", "vmnet2", "192.168.2.5/24")],
      haproxyFileFor([
        { address: "192.168.2.100", weight: 2 },
        { address: "192.168.2.200", weight: 1 },
      ]),
    ),
    webServer("web1", nic("ens33", "vmnet2", "192.168.2.100/24")),
    webServer("web2", nic("ens33", "vmnet2", "192.168.2.200/24")),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
