import { prefixText } from "../../ipvs/prefix.js";
import { fullLength } from "../host-state.js";
import type { GatewayStep, RouteStep } from "../step.js";
import { type FileMaker, moduleFiles, onlyRondo, sysctlFile } from "./file.js";

/** A file of netplan, which puts all its files together by their keys. */
export const netplan: FileMaker = (plan, state) => {
  const addresses = plan.steps.filter((step) => step.kind === "address");
  const routes = plan.steps.filter((step) => step.kind === "gateway" || step.kind === "route");
  const link = addresses[0]?.link ?? routes[0]!.link;
  const subject = plan.wanted.method === "nat" ? plan.wanted.gateway : plan.wanted.vip;
  return [
    ...moduleFiles(plan, state),
    ...sysctlFile(plan, state),
    {
      path: `/etc/netplan/90-realserver-${subject.toString().replaceAll(":", "-")}.yaml`,
      about: `mode 600; at once: netplan apply${routes.length > 0 ? `; ${link} has no other gateway in another file` : ""}`,
      lines: [
        "network:",
        "  version: 2",
        "  ethernets:",
        `    ${link}:`,
        ...(addresses.length > 0 && link !== "lo" ? ["      match:", `        name: ${link}`] : []),
        ...(addresses.length > 0 ? ["      addresses:"] : []),
        ...addresses.map(({ address }) => `        - ${quoted(`${address}/${fullLength(address)}`)}`),
        ...(routes.length > 0 ? ["      routes:"] : []),
        ...routes.flatMap(routeLines),
      ],
    },
    ...onlyRondo(plan, state),
  ];
};

function routeLines(step: GatewayStep | RouteStep): string[] {
  const to = step.kind === "gateway" ? "default" : prefixText(step.destination);
  const metric = step.kind === "gateway" && step.metric > 0 ? [`          metric: ${step.metric}`] : [];
  return [
    `        - to: ${quoted(to)}`,
    step.gateway ? `          via: ${quoted(step.gateway.toString())}` : "          scope: link",
    ...metric,
  ];
}

/** YAML takes colons for its own. */
const quoted = (text: string): string => (/[:]/.test(text) ? `"${text}"` : text);
