import type { SyncDaemon, Timeouts } from "../../ipvs/model.js";
import { inetNtop } from "./inet.js";

/** `-L --timeout` */
export function printTimeouts({ tcp, tcpFin, udp }: Timeouts): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`;
}

/** `-L --daemon`: a line for each half that runs, the master first. */
export function* printDaemons(daemons: readonly SyncDaemon[]): Generator<string> {
  for (const role of ["master", "backup"] as const) {
    const daemon = daemons.find((each) => each.role === role);
    if (!daemon) continue;
    const { multicastInterface, syncId, maxLength, group, port, ttl } = daemon;
    let text = `${role} sync daemon (mcast=${multicastInterface}, syncid=${syncId}`;
    if (maxLength) text += `, maxlen=${maxLength}`;
    if (group) text += `, group=${inetNtop(group)}`;
    if (port) text += `, port=${port}`;
    if (ttl) text += `, ttl=${ttl}`;
    yield `${text})\n`;
  }
}
