/** What a folder of a machine that is to be started holds, by paths without a slash at their beginning. */
export type Tree = ReadonlyMap<string, TreeEntry>;

export type TreeEntry =
  | { readonly kind: "file"; readonly data: Uint8Array; readonly executable?: boolean }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "folder" };

const types = { file: 0o100000, link: 0o120000, folder: 0o040000 } as const;
const align = (length: number) => (length + 3) & ~3;

/**
 * An archive in the form that Linux unpacks as its first root file system: "newc" (Documentation/driver-api/early-userspace/
 * buffer-format.rst). Folders that paths go through are added. Several archives may stand one behind the other.
 *
 *   +----------------------------------+----------+-----+------------+-----+
 *   | "070701" and 13 numbers of 8 hex | name, 0  | 0 … | data       | 0 … |
 *   +----------------------------------+----------+-----+------------+-----+
 *                                       padded to 4       padded to 4
 */
export function cpioArchive(tree: Tree): Buffer {
  const parts: Uint8Array[] = [];
  let number = 1;
  const add = (path: string, mode: number, data: Uint8Array) => {
    const name = Buffer.from(`${path}\0`);
    // inode, mode, uid, gid, links, mtime, size, device (2), device of a node (2), length of the name, no checksum
    const fields = [number++, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
    const start = Buffer.alloc(align(head.length + name.length));
    start.write(head, "latin1");
    name.copy(start, head.length);
    parts.push(start, data, Buffer.alloc(align(data.length) - data.length));
  };
  for (const [path, entry] of withFolders(tree)) {
    const data =
      entry.kind === "file"
        ? entry.data
        : entry.kind === "link"
          ? Buffer.from(entry.target)
          : Buffer.alloc(0);
    const rights = entry.kind === "file" && !entry.executable ? 0o644 : 0o755;
    add(path, types[entry.kind] | rights, data);
  }
  add("TRAILER!!!", 0, Buffer.alloc(0));
  return Buffer.concat(parts);
}

/** Each folder before what is in it. */
function withFolders(tree: Tree): Map<string, TreeEntry> {
  const all = new Map<string, TreeEntry>();
  for (const [path, entry] of tree) {
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join("/");
      if (!all.has(folder)) all.set(folder, { kind: "folder" });
    }
    all.set(path, entry);
  }
  return all;
}
