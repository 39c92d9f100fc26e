import type { NginxWorld } from "./reading.js";

/** A world of files by their paths, for tests. */
export function worldOf(files: Readonly<Record<string, string>>): NginxWorld {
  const folder = (path: string) => `${path.replace(/\/$/, "")}/`;
  return {
    readFile: (path) =>
      Object.hasOwn(files, path)
        ? { bytes: Buffer.from(files[path]!, "latin1") }
        : { reason: "No such file or directory" },
    list(path) {
      const begin = folder(path);
      const within = Object.keys(files).filter((name) => name.startsWith(begin));
      if (within.length === 0) return undefined;
      return [...new Set(within.map((name) => name.slice(begin.length).split("/")[0]!))].sort();
    },
    hostName: () => "here.example",
    user: (name) => (name === "www-data" ? 33 : undefined),
    group: (name) => (name === "www-data" ? 33 : undefined),
  };
}
