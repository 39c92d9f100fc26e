import type { ResolverCounters } from "../run/index.js";

const names = [
  ["id", "ID"],
  ["pid", "Parent ID"],
  ["sent", "Sent"],
  ["send_error", "Send error"],
  ["valid", "Valid"],
  ["update", "Update"],
  ["cname", "CNAME"],
  ["cname_error", "CNAME error"],
  ["any_err", "Any errors"],
  ["nx", "NX"],
  ["timeout", "Timeout"],
  ["refused", "Refused"],
  ["other", "Other"],
  ["invalid", "Invalid"],
  ["too_big", "Too big"],
  ["truncated", "Truncated"],
  ["outdated", "Outdated"],
] as const;

const isKey = (name: string): name is "id" | "pid" => name === "id" || name === "pid";

/** `show stat domain resolvers`: what was asked of name servers and what they answered. */
export function printResolverCounters(
  servers: readonly ResolverCounters[],
  format: string,
  describe: boolean,
): string {
  const shown = (server: ResolverCounters, name: (typeof names)[number][0]) =>
    isKey(name) ? server[name] : server.counts[name];
  if (format === "typed")
    return servers
      .flatMap((server) =>
        names.map(([name, words], at) => {
          const tag = isKey(name) ? "CGP:str" : "MGP:u64";
          return `N.${at}.${name}:${tag}:${shown(server, name)}${describe ? `:"${words}"` : ""}\n`;
        }),
      )
      .join("");
  if (format === "json")
    return `${JSON.stringify(servers.map((server) => names.map(([name], at) => jsonField(name, at, shown(server, name)))))}\n`;
  const lines = servers.map((server) => names.map(([name]) => `${shown(server, name)},`).join(""));
  return [`# ${names.map(([name]) => `${name},`).join("")}`, ...lines, ""].join("\n");
}

function jsonField(name: string, pos: number, value: string | number) {
  const text = typeof value === "string";
  return {
    field: { pos, name },
    tags: { origin: text ? "Config" : "Metric", nature: "Gauge", scope: "Process" },
    value: { type: text ? "str" : "u64", value },
  };
}
