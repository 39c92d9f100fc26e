import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { ServerRun } from "../run/index.js";

/** How a name is looked up by the system (getaddrinfo); tests have their own. Fails where there is no address. */
export type SystemLookup = (name: string, family: 4 | 6 | undefined) => Promise<string>;

export const systemLookup: SystemLookup = async (name, family) => {
  const found = await lookup(name, { family: family ?? 0, all: true });
  const preferred = found.find((each) => each.family === 4) ?? found[0];
  if (preferred === undefined) throw new Error(`${name} has no address`);
  return preferred.address;
};

/**
 * The address with which a server begins, by its `init-addr` (last, libc, none, an address; "last,libc,none" where nothing is said): so long
 * it is in maintenance. Gives how it went: "waits" where it goes on in maintenance, and a warning where a name didn't resolve.
 */
export async function firstAddress(
  server: ServerRun,
  find: SystemLookup,
): Promise<{ readonly result: "has" | "waits"; readonly warning: string | undefined }> {
  const { naming, section } = server;
  if (naming === undefined) return { result: "has", warning: undefined };
  const methods = section.initAddr.length > 0 ? section.initAddr : ["last", "libc", "none"];
  const name = naming.record ?? server.fqdn ?? "";
  let failed = false;
  for (const method of methods) {
    if (method === "last" && naming.lastAddress !== undefined) {
      begin(server, naming.lastAddress);
      return { result: "has", warning: undefined };
    }
    if (method === "libc" && naming.record === undefined) {
      try {
        begin(server, await find(name, familyOf(server)));
        return { result: "has", warning: undefined };
      } catch {
        failed = true;
      }
    }
    if (isIP(method) !== 0) {
      begin(server, method);
      const warning = `could not resolve address '${name}', falling back to configured address.`;
      return { result: "has", warning: failed ? warning : undefined };
    }
    if (method === "none" || method === "") break;
  }
  const warning = `could not resolve address '${name}', disabling server.`;
  return { result: "waits", warning: failed ? warning : undefined };
}

function familyOf(server: ServerRun): 4 | 6 | undefined {
  const { address } = server.section;
  return address.kind === "inet" ? address.family : undefined;
}

function begin(server: ServerRun, address: string): void {
  server.naming?.setAddress(address, "");
  server.naming?.leaveMaintenance(undefined);
}
