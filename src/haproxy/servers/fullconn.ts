import type { HaproxyConfig, ProxySection } from "../../config/haproxy/model/index.js";

const DEFAULT_MAXCONN = 2000;

/** `fullconn`, or a tenth of what the front ends that lead to the back end take together. */
export function fullconnOf(section: ProxySection, config: HaproxyConfig): number {
  if (section.fullconn !== undefined) return section.fullconn;
  const ordinary = config.global.maxconn ?? DEFAULT_MAXCONN;
  let total = 0;
  for (const front of config.proxies) {
    if (!front.frontend || front.disabled) continue;
    const leads =
      front.defaultBackend === section.name ||
      (front.defaultBackend === undefined && front === section) ||
      front.useBackends.some((rule) => rule.backend === section.name);
    if (leads) total += front.maxconn ?? ordinary;
  }
  return Math.max(1, Math.ceil(total / 10));
}
