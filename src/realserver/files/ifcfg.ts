import { prefixText } from "../../ipvs/prefix.js";
import type { AddressStep, GatewayStep, RouteStep } from "../step.js";
import { type FileMaker, type KeptFile, moduleFiles, onlyRondo, sysctlFile } from "./file.js";

const folder = "/etc/sysconfig/network-scripts";

/** Files of Red Hat's network scripts (initscripts, sysconfig.txt). */
export const ifcfg: FileMaker = (plan, state) => [
  ...moduleFiles(plan, state),
  ...sysctlFile(plan, state),
  ...plan.steps.flatMap((step) => {
    if (step.kind === "address") return [addressFile(step)];
    return step.kind === "gateway" ? [gatewayFile(step)] : [];
  }),
  ...routeFiles(plan.steps.filter((step) => step.kind === "route")),
  ...onlyRondo(plan, state),
];

function addressFile({ link, address, label }: AddressStep): KeptFile {
  if (address.family === 6)
    return {
      path: `${folder}/ifcfg-${link}`,
      about: "added to what is there; several stand in one pair of quotes",
      lines: ["IPV6INIT=yes", `IPV6ADDR_SECONDARIES="${address}/128"`],
    };
  const device = label ?? link;
  return {
    path: `${folder}/ifcfg-${device}`,
    lines: [
      `DEVICE=${device}`,
      ...(link === "lo" ? [] : ["TYPE=ipip"]),
      `IPADDR=${address}`,
      "NETMASK=255.255.255.255",
      ...(link === "lo" ? [`NETWORK=${address}`, `BROADCAST=${address}`] : []),
      "ONBOOT=yes",
      `NAME=${device}`,
    ],
  };
}

const gatewayFile = ({ gateway, link }: GatewayStep): KeptFile => ({
  path: `${folder}/ifcfg-${link}`,
  about: "in the place of the gateway that is there; no other interface may have one",
  lines: [gateway.family === 6 ? `IPV6_DEFAULTGW=${gateway}` : `GATEWAY=${gateway}`],
});

function routeFiles(steps: readonly RouteStep[]): KeptFile[] {
  return [4, 6].flatMap((family) => {
    const of = steps.filter(({ destination }) => destination.address.family === family);
    if (of.length === 0) return [];
    const lines = of.map(
      ({ destination, gateway, link }) =>
        `${prefixText(destination)} ${gateway ? `via ${gateway} ` : ""}dev ${link}`,
    );
    return [{ path: `${folder}/${family === 6 ? "route6" : "route"}-${of[0]!.link}`, lines }];
  });
}
