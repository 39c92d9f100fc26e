import { commandFor, keyOf, undoCommand, type Wanted } from "../realserver/index.js";
import { systemdWord } from "./unit-file.js";

/** What systemd knows the unit by: "rondo-realserver-dr-192.168.4.15.service". */
export const unitNameOf = (wanted: Wanted): string =>
  `rondo-realserver-${keyOf(wanted).replace(/[ :]/g, "-")}.service`;

/**
 * The text of a unit that makes the host a real server at boot, and takes that back when it is stopped. `rondo` are the words
 * that run rondo. Interfaces and their addresses have to be there first.
 */
export function unitText(wanted: Wanted, rondo: readonly string[]): string {
  const line = (command: string) => [...rondo, ...command.split(" ").slice(1)].map(systemdWord).join(" ");
  const make = line(commandFor(wanted));
  const what = wanted.method === "nat" ? `behind the director ${wanted.gateway}` : `of ${wanted.vip}`;
  return `# Written by \`${commandFor(wanted)} --unit\`.
[Unit]
Description=Real server ${what}, by ${wanted.method.toUpperCase()}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${make}
ExecReload=${make}
ExecStop=${line(undoCommand(wanted))}

[Install]
WantedBy=multi-user.target
`;
}
