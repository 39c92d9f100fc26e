import { createRequire } from "node:module";

type Library = typeof import("dns-packet");

let library: Library | undefined;

/** dns-packet, loaded where there is a resolvers section: it takes a tenth of a start. Called before a chroot hides it. */
export function dnsLibrary(): Library {
  library ??= createRequire(import.meta.url)("dns-packet") as Library;
  return library;
}
