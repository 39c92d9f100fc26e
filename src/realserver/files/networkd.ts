import { prefixText } from "../../ipvs/prefix.js";
import { fullLength } from "../host-state.js";
import type { AddressStep, GatewayStep, RouteStep } from "../step.js";
import { type FileMaker, type KeptFile, moduleFiles, onlyRondo, sysctlFile } from "./file.js";

const folder = "/etc/systemd/network";

/**
 * Files of systemd-networkd (systemd.network(5)). Only the first file that matches an interface counts, so each VIP, and the
 * gateway, is a drop-in beside it.
 */
export const networkd: FileMaker = (plan, state) => [
  ...moduleFiles(plan, state),
  ...sysctlFile(plan, state),
  ...plan.steps.flatMap((step) => (step.kind === "address" ? addressFiles(step) : [])),
  ...routeFile(plan.steps.filter((step) => step.kind === "gateway" || step.kind === "route")),
  ...onlyRondo(plan, state),
];

function addressFiles({ link, address, label }: AddressStep): KeptFile[] {
  return [
    { path: `${folder}/20-${link}.network`, lines: ["[Match]", `Name=${link}`] },
    {
      path: `${folder}/20-${link}.network.d/${address.toString().replaceAll(":", "-")}.conf`,
      lines: [
        "[Address]",
        `Address=${address}/${fullLength(address)}`,
        ...(label === undefined ? [] : [`Label=${label}`]),
        ...(address.family === 6 ? ["DuplicateAddressDetection=none"] : []),
      ],
    },
  ];
}

function routeFile(steps: readonly (GatewayStep | RouteStep)[]): KeptFile[] {
  const [first] = steps;
  if (!first) return [];
  const routes = steps.map((step) => [
    "[Route]",
    ...(step.kind === "route" ? [`Destination=${prefixText(step.destination)}`] : []),
    ...(step.gateway ? [`Gateway=${step.gateway}`] : ["Scope=link"]),
    ...(step.kind === "gateway" && step.metric > 0 ? [`Metric=${step.metric}`] : []),
  ]);
  return [
    {
      path: `${folder}/20-${first.link}.network.d/director.conf`,
      about: `20-${first.link}.network is the file that matches ${first.link}: without another gateway`,
      lines: routes.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines])),
    },
  ];
}
