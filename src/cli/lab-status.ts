import type { LabStatus } from "../lab/index.js";
import { tellFaults } from "./lab-faults.js";

/** A lab's state as text: what it is, then a line for each host. */
export function tellStatus(lab: LabStatus): string[] {
  const hosts = lab.hosts.filter(({ role }) => role !== "switch");
  const name = Math.max(...hosts.map((host) => host.name.length));
  const addresses = Math.max(...hosts.map((host) => host.addresses.join(" ").length));
  const bare = lab.bare ? ", bare" : "";
  const state = { up: "up", making: "not finished", broken: "broken" }[lab.state];
  return [
    `lab ${lab.name}: ${state}; topology ${lab.topology}${bare}, hook ${lab.hook}, since ${lab.since}`,
    ...lab.hosts.flatMap((host) => {
      if (host.role === "switch" && host.there) return [];
      const processes = host.processes.map(
        ({ what, pid, alive }) => `${what}, ${alive ? `process ${pid}` : "which has ended"}`,
      );
      const rest =
        !host.there && host.power === "lost" ? "its network is gone" : powerText(host.power, processes);
      return [
        `  ${host.name.padEnd(name)}  ${host.addresses.join(" ").padEnd(addresses)}  ${rest}`.trimEnd(),
      ];
    }),
    ...(lab.faults.length > 0 ? ["  broken on purpose:"] : []),
    ...tellFaults(lab.faults).map((line) => `    ${line}`),
    ...(lab.state === "up" ? [] : [`  Take it down with \`rondo lab down ${lab.name}\`.`]),
  ];
}

function powerText(power: "on" | "off" | "lost", processes: readonly string[]): string {
  if (power === "off") return "off";
  return [...(power === "lost" ? ["its first process has ended"] : []), ...processes].join("; ");
}
