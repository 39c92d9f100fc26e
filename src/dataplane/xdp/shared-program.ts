import { createHash } from "node:crypto";
import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { type BpfProgram, listPins, loadWritten, openPinnedProgram } from "../../bpf/index.js";
import { codeVersion } from "../../code-version.js";
import { type DirectorConfig, director } from "./director.js";
import { givenBy } from "./given.js";
import type { DirectorState, Maps } from "./state.js";
import { tableNames } from "./table.js";
import { traced } from "./trace-maps.js";

/** Of the pins' names: of the program that is there as a rule, and of the one that follows packets while somebody traces. */
const prefixes = { plain: "director_", tracing: "tracing_" } as const;

/**
 * The director's program for the tc hook, which is the same for all devices: written, verified and pinned once, then opened
 * by who attaches it to another device. Its name says what it was made of, so that another version of rondo makes its own.
 * While one that traces is there the plain one stays pinned: it can be put back at once, and without fail.
 */
export function sharedProgram(
  state: DirectorState,
  config: Omit<DirectorConfig, "mac">,
  maps: Maps = state.maps,
): BpfProgram {
  const { traces, ...plain } = config;
  const plainName = `${prefixes.plain}${digestOf(plain, maps)}`;
  const name = traces ? `${prefixes.tracing}${digestOf(config, maps, [traced.name])}` : plainName;
  const path = join(state.folder, name);
  if (existsSync(path)) return openPinnedProgram(path);
  const program = loadWritten(director({ ...config, mac: new Uint8Array(6) }), maps, {
    given: givenBy(state),
    madeOf: config,
  });
  forgetSharedProgram(state, plainName);
  program.pin(path, { replace: true });
  return program;
}

/** Lets all but one go, and the connection tables that they know of. What devices have attached they hold by themselves. */
export function forgetSharedProgram(state: DirectorState, kept?: string): void {
  forget(state, Object.values(prefixes), kept);
}

/** Lets those go that trace. */
export const forgetTracingProgram = (state: DirectorState): void => forget(state, [prefixes.tracing]);

function forget({ folder }: DirectorState, prefixes: readonly string[], kept?: string): void {
  for (const name of listPins(folder))
    if (name !== kept && prefixes.some((prefix) => name.startsWith(prefix))) unlinkSync(join(folder, name));
}

/** Of the configuration, of the code that writes the program, and of which maps the connection table and others are. */
function digestOf(config: object, maps: Maps, others: readonly string[] = []): string {
  const hash = createHash("sha256").update(codeVersion());
  hash.update([...Object.values(tableNames), ...others].map((name) => String(maps[name]?.id)).join(" "));
  hash.update(JSON.stringify(config, (_, value) => (typeof value === "bigint" ? `${value}` : value)));
  return hash.digest("hex").slice(0, 16);
}
