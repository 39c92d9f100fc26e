import { nmcli } from "./nmcli.js";
import type { Standing } from "./out.js";
import { receive, scp } from "./scp.js";
import { getenforce, sestatus, setenforce } from "./selinux.js";
import { service, systemctl } from "./systemctl.js";
import { yum } from "./yum.js";

type StandIn = (words: readonly string[], standing: Standing) => Promise<number> | number;

/**
 * Commands that older notes type and that a lab's host has not, or must not have: the machine's own `systemctl` would stop the
 * machine's services. Each does on the host what it says, or fails.
 */
export const standIns: Readonly<Record<string, StandIn>> = {
  getenforce,
  nmcli,
  scp,
  service,
  sestatus,
  setenforce,
  systemctl,
  yum,
};

/** Runs one by its name on the host that this process is on; undefined if there is none of that name. */
export async function standIn(
  name: string,
  words: readonly string[],
  standing: Standing,
): Promise<number | undefined> {
  if (name === "receive") return await receive(words);
  return Object.hasOwn(standIns, name) ? await standIns[name]!(words, standing) : undefined;
}
