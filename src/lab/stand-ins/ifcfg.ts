import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Network, openNetwork } from "../../netlink/index.js";
import { IpAddress } from "../../wire/index.js";
import { broadcastOf, parsePrefix } from "../prefix.js";

/** Where Red Hat's systems keep a file for each interface and each of its further addresses. */
export const scripts = "/etc/sysconfig/network-scripts";

/** What such a file says: `KEY=VALUE` a line, `#` begins a remark. */
export type Ifcfg = ReadonlyMap<string, string>;

export function parseIfcfg(text: string): Map<string, string> {
  const entries = text.split("\n").flatMap((line) => {
    const [, key, quoted, plain] = /^\s*([A-Z_0-9]+)=(?:"([^"]*)"|([^\s#]*))/.exec(line) ?? [];
    return key === undefined ? [] : [[key, quoted ?? plain ?? ""] as const];
  });
  return new Map(entries);
}

export function formatIfcfg(values: Ifcfg): string {
  return [...values].map(([key, value]) => `${key}=${/\s/.test(value) ? `"${value}"` : value}\n`).join("");
}

/** The address of a file, with its prefix length from PREFIX or NETMASK; undefined if it has none. */
export function addressOf(values: Ifcfg): string | undefined {
  const address = values.get("IPADDR");
  if (!address) return undefined;
  const mask = IpAddress.parse(values.get("NETMASK") ?? "");
  const length = values.get("PREFIX") ?? (mask ? String(bitsOf(mask)) : "24");
  return `${address}/${length}`;
}

const bitsOf = (mask: IpAddress) =>
  mask.bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);

/** All files there are, by what comes after "ifcfg-": "ens33", "ens33:0". */
export function readScripts(folder: string = scripts): Map<string, Ifcfg> {
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => name.startsWith("ifcfg-"));
  } catch {
    // No folder, no files.
  }
  return new Map(
    names
      .sort()
      .map((name) => [name.slice("ifcfg-".length), parseIfcfg(readFileSync(join(folder, name), "utf8"))]),
  );
}

/**
 * Makes the interfaces as their files say, as `service network restart` does: whatever IPv4 address an interface with a file has
 * got by hand is gone; one that is not to come up by itself (ONBOOT=no) is left down.
 *
 * @param only one interface, with its further addresses, whether or not it comes up by itself.
 * @returns what could not be done, a sentence each.
 */
export function applyScripts(files: ReadonlyMap<string, Ifcfg>, only?: string): string[] {
  const network = openNetwork();
  try {
    const faults: string[] = [];
    for (const device of new Set([...files].map(([name, values]) => deviceOf(name, values)))) {
      if (only !== undefined && device !== only) continue;
      if (!network.links.find(device)) {
        faults.push(`there is no interface ${device}`);
        continue;
      }
      const own = [...files].filter(([name, values]) => deviceOf(name, values) === device);
      faults.push(...applyDevice(network, device, own, only !== undefined));
    }
    return faults;
  } finally {
    network.close();
  }
}

const labelOf = (name: string, values: Ifcfg) => values.get("DEVICE") ?? name;
const deviceOf = (name: string, values: Ifcfg) => labelOf(name, values).split(":")[0]!;

function applyDevice(network: Network, device: string, files: [string, Ifcfg][], wanted: boolean): string[] {
  // Backwards: with a network's first address its further ones go by themselves.
  for (const { address, prefixLength } of network.addresses
    .list(device)
    .filter((each) => each.address.family === 4)
    .reverse())
    network.addresses.remove(device, { address, prefixLength });
  const isWanted = ([name, values]: [string, Ifcfg]) =>
    values.get("ONBOOT") !== "no" || (wanted && labelOf(name, values) === device) || device === "lo";
  if (!files.some((file) => labelOf(...file) === device && isWanted(file))) {
    network.links.down(device);
    return [];
  }
  network.links.up(device);
  const faults: string[] = [];
  for (const [name, values] of files.filter(isWanted)) {
    const text = addressOf(values);
    if (text === undefined) continue;
    const prefix = parsePrefix(text);
    if (!prefix) {
      faults.push(`ifcfg-${name}: ${text} is no address`);
      continue;
    }
    const label = labelOf(name, values);
    network.addresses.add(device, {
      address: prefix.address,
      prefixLength: prefix.length,
      ...(device !== "lo" && prefix.length < 31 && { broadcast: broadcastOf(prefix) }),
      ...(label !== device && { label }),
    });
    const gateway = IpAddress.parse(values.get("GATEWAY") ?? "");
    if (gateway) network.routes.add({ gateway });
  }
  return faults;
}
