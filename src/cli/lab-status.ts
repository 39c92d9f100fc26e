import type { LabStatus } from "../lab/index.js";
import { tellFaults } from "./lab-faults.js";

/** A lab's state as text: what it is, then a line for each host. */
export function tellStatus(lab: LabStatus): string[] {
  const hosts = lab.hosts.filter(({ role }) => role !== "switch");
  const name = Math.max(...hosts.map((host) => host.name.length));
  const addresses = Math.max(...hosts.map((host) => host.addresses.join(" ").length));
  const state = { up: "up", making: "not finished", broken: "broken" }[lab.state];
  return [
    `lab ${lab.name}: ${state}; topology ${lab.topology}, hook ${lab.hook}, since ${lab.since}`,
    ...lab.hosts.flatMap((host) => {
      if (host.role === "switch" && host.there) return [];
      const processes = host.processes.map(
        ({ what, pid, alive }) => `${what}, ${alive ? `process ${pid}` : "which has ended"}`,
      );
      const isOff = lab.faults.some((fault) => fault.kind === "fail" && fault.host === host.name);
      const rest = isOff ? "off" : host.there ? processes.join("; ") : "its network is gone";
      return [
        `  ${host.name.padEnd(name)}  ${host.addresses.join(" ").padEnd(addresses)}  ${rest}`.trimEnd(),
      ];
    }),
    ...(lab.faults.length > 0 ? ["  broken on purpose:"] : []),
    ...tellFaults(lab.faults).map((line) => `    ${line}`),
    ...(lab.state === "up" ? [] : [`  Take it down with \`rondo lab down ${lab.name}\`.`]),
  ];
}
