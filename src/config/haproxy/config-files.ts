import type { ConfigFile } from "./read-config.js";
import type { World } from "./world.js";

/** The files that `-f PATH …` name: a folder stands for its *.cfg files, sorted. */
export function configFiles(
  paths: readonly string[],
  world: Pick<World, "readFile" | "list">,
): {
  readonly files: readonly ConfigFile[];
  readonly missing: readonly { readonly path: string; readonly reason: string }[];
} {
  const files: ConfigFile[] = [];
  const missing: { path: string; reason: string }[] = [];
  for (const path of paths) {
    const names = world.list(path);
    const each = names
      ? names
          .filter((name) => name.endsWith(".cfg") && !name.startsWith("."))
          .map((name) => `${path.replace(/\/$/, "")}/${name}`)
      : [path];
    for (const name of each) {
      const found = world.readFile(name);
      if ("reason" in found) missing.push({ path: name, reason: found.reason });
      else files.push({ name, text: found.bytes.toString("latin1") });
    }
  }
  return { files, missing };
}
