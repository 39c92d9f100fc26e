import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { type BpfProgram, listPins, loadWritten, openPinnedProgram } from "../../bpf/index.js";
import { packageRoot } from "../../package-root.js";
import { type DirectorConfig, director } from "./director.js";
import type { DirectorState, Maps } from "./state.js";
import { tableNames } from "./table.js";
import { traced } from "./trace-maps.js";

const prefix = "director_";

/**
 * The director's program for the tc hook, which is the same for all devices: written, verified and pinned once, then opened
 * by who attaches it to another device. Its name says what it was made of, so that another version of rondo makes its own.
 */
export function sharedProgram(
  state: DirectorState,
  config: Omit<DirectorConfig, "mac">,
  maps: Maps = state.maps,
): BpfProgram {
  const path = join(state.folder, `${prefix}${digestOf(config, maps)}`);
  if (existsSync(path)) return openPinnedProgram(path);
  const program = loadWritten(director({ ...config, mac: new Uint8Array(6) }), maps);
  forgetSharedProgram(state);
  program.pin(path, { replace: true });
  return program;
}

/** Lets it go, and the connection table that it knows of. What devices have attached they hold by themselves. */
export function forgetSharedProgram(state: DirectorState): void {
  for (const name of listPins(state.folder))
    if (name.startsWith(prefix)) unlinkSync(join(state.folder, name));
}

/** Of the configuration, of the source text that writes the program, and of which maps the connection table and a trace are. */
function digestOf(config: object, maps: Maps): string {
  const hash = createHash("sha256").update(sourceText());
  hash.update([...Object.values(tableNames), traced.name].map((name) => String(maps[name]?.id)).join(" "));
  hash.update(JSON.stringify(config, (_, value) => (typeof value === "bigint" ? `${value}` : value)));
  return hash.digest("hex").slice(0, 16);
}

let source: Buffer | undefined;
function sourceText(): Buffer {
  if (source) return source;
  const texts: Buffer[] = [];
  for (const folder of ["dataplane/xdp/", "dataplane/xdp/schedulers/", "asm/", "ipvs/"]) {
    const path = `${packageRoot}dist/src/${folder}`;
    for (const name of readdirSync(path).sort())
      if (name.endsWith(".js") && !name.endsWith(".test.js")) texts.push(readFileSync(join(path, name)));
  }
  source = Buffer.concat(texts);
  return source;
}
