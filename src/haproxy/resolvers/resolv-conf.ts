import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { Place, Resolvers } from "../../config/haproxy/model/index.js";

type NameserverSettings = Resolvers["nameservers"][number];

/** A section with the system's name servers added to its own; without them where /etc/resolv.conf can't be read. */
export function withResolvConf(settings: Resolvers, warn: (text: string) => void): Resolvers {
  let text: string;
  try {
    text = readFileSync("/etc/resolv.conf", "latin1");
  } catch {
    warn("failed to open /etc/resolv.conf.");
    return settings;
  }
  const { nameservers, warnings } = resolvConfServers(text, settings.nameservers);
  for (const warning of warnings) warn(warning);
  return { ...settings, nameservers: [...settings.nameservers, ...nameservers] };
}

/** The name servers that /etc/resolv.conf adds to a section (parse-resolv-conf), and what is wrong with its lines. */
export function resolvConfServers(
  text: string,
  known: readonly NameserverSettings[],
): { readonly nameservers: readonly NameserverSettings[]; readonly warnings: readonly string[] } {
  const nameservers: NameserverSettings[] = [];
  const warnings: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const at = `parsing [/etc/resolv.conf:${index + 1}] :`;
    const match = /^nameserver(?:[ \t]+(\S+))?/.exec(line);
    if (match === null) continue;
    const address = match[1];
    if (address === undefined) warnings.push(`${at} nameserver line is missing address.`);
    else if ([...known, ...nameservers].some((each) => each.name === address))
      warnings.push(
        `${at} generated name for /etc/resolv.conf nameserver '${address}' conflicts with another nameserver, it appears to be a duplicate and will be excluded.`,
      );
    else if (isIP(address) === 0)
      warnings.push(`${at} address '${address}' could not be recognized, nameserver will be excluded.`);
    else nameservers.push(nameserver(address, { file: "/etc/resolv.conf", line: index + 1, column: 12 }));
  }
  return { nameservers, warnings };
}

function nameserver(address: string, place: Place): NameserverSettings {
  return {
    name: address,
    address: {
      kind: "inet",
      host: address,
      family: isIP(address) === 6 ? 6 : 4,
      ports: { from: 53, to: 53 },
      type: "datagram",
    },
    place,
  };
}
