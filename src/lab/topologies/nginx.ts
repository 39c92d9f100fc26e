import type { Topology } from "../topology.js";
import { nginxHttpFile, nginxStreamFile } from "./nginx-files.js";
import { client, nginxProxy, nic, webServer } from "./parts.js";

const vip = "192.168.4.5";
const backends = [
  { address: "192.168.2.100", weight: 2 },
  { address: "192.168.2.200", weight: 1 },
];

const between = (name: string, summary: string, config: string): Topology => ({
  name,
  summary,
  networks: [
    { name: "vmnet4", prefix: "192.168.4.0/24" },
    { name: "vmnet2", prefix: "192.168.2.0/24" },
  ],
  hosts: [
    client(nic("eth0", "vmnet4", "192.168.4.10/24")),
    nginxProxy(
      "nginx",
      [nic("ens33", "vmnet4", `${vip}/24`), nic("ens37", "vmnet2", "192.168.2.5/24")],
      config,
    ),
    webServer("web1", nic("ens33", "vmnet2", "192.168.2.100/24")),
    webServer("web2", nic("ens33", "vmnet2", "192.168.2.200/24")),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
});

/** Nginx between two networks, at layer 7. */
export const nginx = between(
  "nginx",
  "Nginx at layer 7 between the client's network and that of two web servers, weights 2 and 1",
  nginxHttpFile(backends),
);

/** The same at layer 4. */
export const nginxStream = between(
  "nginx-stream",
  "Nginx at layer 4 between the client's network and that of two web servers, weights 2 and 1",
  nginxStreamFile(backends),
);
