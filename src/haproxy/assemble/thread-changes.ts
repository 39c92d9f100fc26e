import type { PatternStore } from "../patterns/index.js";
import type { ProcessVariables } from "../variables/index.js";
import type { Assembled } from "./assemble.js";
import type { ProxyOfThread } from "./proxy-run.js";

/** What is changed while running reaches all threads: patterns and variables, whoever changes them; front ends and TLS files, which the runtime socket changes. */
export function shareChanges(
  { process, departure, tls, options: { link } }: Assembled,
  patterns: PatternStore,
  variables: ProcessVariables,
): void {
  patterns.onChange = (change) => link.broadcast("pattern", change);
  variables.onChange = (change) => link.broadcast("variable", change);
  link.on("frontend", (change) => {
    const { name, state } = change as { name: string; state: ProxyOfThread["state"] };
    const proxy = process.frontend(name);
    if (proxy) departure.setFrontend(proxy, state);
  });
  link.on("variable", (change) => variables.apply(change as Parameters<typeof variables.apply>[0]));
  link.on("tls files", (files) => tls.replace(new Map(files as readonly [string, string][])));
  link.on("pattern", (change) => patterns.apply(change as Parameters<typeof patterns.apply>[0]));
}
