import type { ResolverCounters } from "../run/index.js";
import { nameserverCounters } from "./nameserver.js";
import type { ResolverSection } from "./section.js";

/** `show resolvers [id]`; undefined: there is no section of that name. */
export function showResolvers(
  sections: ReadonlyMap<string, ResolverSection>,
  wanted: string | undefined,
): string | undefined {
  if (sections.size === 0) return "No resolvers found\n";
  if (wanted !== undefined && !sections.has(wanted)) return undefined;
  let text = "";
  for (const section of sections.values()) {
    if (wanted !== undefined && section.name !== wanted) continue;
    text += `Resolvers section ${section.name}\n`;
    for (const nameserver of section.nameservers) {
      text += ` nameserver ${nameserver.name}:\n`;
      for (const counter of nameserverCounters) {
        const label = counter === "send_error" ? "snd_error" : counter;
        text += `  ${`${label}:`.padEnd(13)}${nameserver.counters.total(counter)}\n`;
      }
    }
  }
  return text;
}

/** Of `show stat domain resolvers`. */
export function resolverCounters(sections: ReadonlyMap<string, ResolverSection>): ResolverCounters[] {
  return [...sections.values()].flatMap((section) =>
    section.nameservers.map((nameserver) => ({
      id: nameserver.name,
      pid: section.name,
      counts: Object.fromEntries(
        nameserverCounters.map((name) => [name, nameserver.counters.total(name)]),
      ) as ResolverCounters["counts"],
    })),
  );
}
