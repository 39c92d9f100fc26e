import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureBpffs, networkNamespaceCookie } from "../sys/index.js";

/** What a network namespace can have pins of: the director's, or those of a real server. */
export type PinOwner = "director" | "server";

/**
 * The folder of what belongs to one network namespace: BPFFS/rondo/COOKIE, the cookie in hexadecimal, of the caller's
 * namespace if none is given; a real server's is BPFFS/rondo/COOKIE-server. A namespace's cookie is never used again, which
 * its inode number is. The folder need not be there: {@link makePinFolder}.
 */
export function pinFolder(cookie: bigint = networkNamespaceCookie(), owner: PinOwner = "director"): string {
  return join(root(), `${cookie.toString(16)}${owner === "director" ? "" : `-${owner}`}`);
}

/** {@link pinFolder}, made if it isn't there; only root may look into it. */
export function makePinFolder(cookie: bigint = networkNamespaceCookie(), owner?: PinOwner): string {
  const folder = pinFolder(cookie, owner);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The names in a folder of pins; none if it isn't there. */
export function listPins(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** All network namespaces that have, or had, pins. */
export function listPinFolders(): { cookie: bigint; path: string }[] {
  return listPins(root())
    .filter((name) => /^[0-9a-f]+(-server)?$/.test(name))
    .map((name) => ({ cookie: BigInt(`0x${name.split("-")[0]}`), path: join(root(), name) }));
}

/** Removes a folder of pins and all in it: what nothing else holds ends. A folder that isn't there is no error. */
export function removePins(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function root(): string {
  return join(ensureBpffs(), "rondo");
}
