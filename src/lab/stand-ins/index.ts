import { RondoError } from "../../errors.js";
import { isOnHost } from "../host-mark.js";
import type { Standing } from "./out.js";

type StandIn = (words: readonly string[], standing: Standing) => Promise<number> | number;

/**
 * Commands that older notes type and that a lab's host has not, or must not have: the machine's own `systemctl` would stop the
 * machine's services. Each does on the host what it says, or fails. What one doesn't need isn't read.
 */
const standIns: Readonly<Record<string, () => Promise<StandIn>>> = {
  getenforce: async () => (await import("./selinux.js")).getenforce,
  nmcli: async () => (await import("./nmcli.js")).nmcli,
  scp: async () => (await import("./scp.js")).scp,
  service: async () => (await import("./systemctl.js")).service,
  sestatus: async () => (await import("./selinux.js")).sestatus,
  setenforce: async () => (await import("./selinux.js")).setenforce,
  systemctl: async () => (await import("./systemctl.js")).systemctl,
  yum: async () => (await import("./yum.js")).yum,
};

export const standInNames: readonly string[] = Object.keys(standIns);

/**
 * Runs one by its name on the host that this process is on.
 * @returns its exit status.
 * @throws RondoError "no-stand-in", "not-on-host"; what it fails by.
 */
export async function standIn(name: string, words: readonly string[], standing: Standing): Promise<number> {
  // On the switch, or by `ip netns exec`, the files are the machine's: its services would be meant, and its pid files.
  if (!isOnHost())
    throw new RondoError("not-on-host", "this stands in for the command on a lab's hosts only", {
      remedy: "The switch has no services and no files of its own. Hosts: rondo lab exec HOST …",
    });
  if (name === "receive") return await (await import("./scp.js")).receive(words);
  if (!Object.hasOwn(standIns, name))
    throw new RondoError("no-stand-in", `there is nothing that stands in for "${name}"`);
  const run = await standIns[name]!();
  return await run(words, standing);
}
