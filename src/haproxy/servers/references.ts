import type { HaproxyConfig } from "../../config/haproxy/model/index.js";

/**
 * Servers that something else of a configuration names, as "backend/server": use-server rules, and samples that ask about one (srv_conn(be/s1)). They can't be
 * removed while running.
 */
export function namedServers(config: HaproxyConfig): ReadonlySet<string> {
  const named = new Set<string>();
  for (const proxy of config.proxies) {
    for (const rule of proxy.useServers ?? [])
      if (typeof rule.server === "string") named.add(`${proxy.name}/${rule.server}`);
    walk(proxy, new Set(), (backend, server) => named.add(`${backend ?? proxy.name}/${server}`));
  }
  return named;
}

/** Looks for arguments of the kind "server", wherever they stand. */
function walk(
  value: unknown,
  seen: Set<unknown>,
  found: (backend: string | undefined, server: string) => void,
): void {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value) || seen.has(value)) return;
  seen.add(value);
  const { kind, name, backend } = value as { kind?: unknown; name?: unknown; backend?: unknown };
  if (kind === "server" && typeof name === "string" && "backend" in value)
    found(typeof backend === "string" ? backend : undefined, name);
  const inner = value instanceof Map ? value.values() : Object.values(value);
  for (const each of inner) walk(each, seen, found);
}
