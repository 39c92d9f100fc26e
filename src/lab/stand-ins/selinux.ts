import type { Standing } from "./out.js";

/** `setenforce 0|1`: a lab's host has no SELinux, so it is off already and can't be turned on. */
export function setenforce([mode]: readonly string[], { say, complain }: Standing): number {
  if (mode === "0" || mode?.toLowerCase() === "permissive") {
    say("SELinux is disabled: nothing to turn off");
    return 0;
  }
  complain(mode === undefined ? "usage: setenforce 0|1" : "setenforce: SELinux is disabled");
  return 1;
}

/** `sestatus` */
export function sestatus(_: readonly string[], { say }: Standing): number {
  say("SELinux status:                 disabled");
  return 0;
}

/** `getenforce` */
export function getenforce(_: readonly string[], { say }: Standing): number {
  say("Disabled");
  return 0;
}
