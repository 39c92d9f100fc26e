import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suggestion } from "../../nearest.js";
import { parsePrefix } from "../prefix.js";
import { applyScripts, formatIfcfg, readScripts, scripts } from "./ifcfg.js";
import type { Standing } from "./out.js";

/** The properties it knows, and what each is in an interface's file. */
const properties: Readonly<Record<string, (value: string) => Record<string, string>>> = {
  "ipv4.method": (value) => ({ BOOTPROTO: value === "auto" ? "dhcp" : "none" }),
  "ipv4.addresses": (value) => ({ IPADDR: value.split("/")[0]!, PREFIX: value.split("/")[1] ?? "32" }),
  "ipv4.gateway": (value) => ({ GATEWAY: value }),
  "connection.autoconnect": (value) => ({ ONBOOT: value }),
};

/**
 * `nmcli connection modify DEV PROPERTY VALUE…` and `nmcli connection up DEV`. A connection is an interface's file, as where
 * NetworkManager keeps them in Red Hat's way; there is no NetworkManager.
 */
export function nmcli(words: readonly string[], { say, complain }: Standing): number {
  const [object = "", verb = "", name = "", ...rest] = words;
  const isAbout = (whole: string, typed: string) => typed !== "" && whole.startsWith(typed);
  if (!isAbout("connection", object) || !(isAbout("modify", verb) || isAbout("up", verb)) || name === "") {
    complain(
      "Error: on a lab's host, nmcli knows `connection modify DEV PROPERTY VALUE…` and `connection up DEV`.",
    );
    return 2;
  }
  const files = readScripts();
  if (!files.has(name)) {
    complain(
      [`Error: unknown connection '${name}'.`, suggestion(name, [...files.keys()])].filter(Boolean).join(" "),
    );
    return 10;
  }
  if (isAbout("up", verb)) {
    const faults = applyScripts(files, name);
    for (const fault of faults) complain(`Error: ${fault}`);
    if (faults.length === 0) say(`Connection successfully activated (${scripts}/ifcfg-${name})`);
    return faults.length === 0 ? 0 : 4;
  }
  const values = new Map(files.get(name));
  for (let i = 0; i < rest.length; i += 2) {
    const [property = "", value] = rest.slice(i, i + 2);
    const write = properties[property];
    const wrong = fault(property, value, write !== undefined);
    if (wrong !== undefined || !write) {
      complain(`Error: ${wrong}`);
      return 2;
    }
    for (const [key, text] of Object.entries(write(value!))) values.set(key, text);
  }
  mkdirSync(scripts, { recursive: true });
  writeFileSync(join(scripts, `ifcfg-${name}`), formatIfcfg(values));
  return 0;
}

function fault(property: string, value: string | undefined, known: boolean): string | undefined {
  if (!known)
    return [`invalid property '${property}'.`, suggestion(property, Object.keys(properties))]
      .filter(Boolean)
      .join(" ");
  if (value === undefined) return `value for '${property}' is missing.`;
  if (property === "ipv4.method" && value !== "manual")
    return `there is no DHCP in a lab: ipv4.method takes manual.`;
  if (property === "ipv4.addresses" && !parsePrefix(value.includes("/") ? value : `${value}/32`))
    return `invalid IP address: ${value}.`;
  if (property === "ipv4.gateway" && !parsePrefix(`${value}/32`)) return `invalid IP address: ${value}.`;
  if (property === "connection.autoconnect" && !/^(yes|no)$/.test(value))
    return `'${value}' is not yes or no.`;
  return undefined;
}
