import { readFileSync, writeFileSync } from "node:fs";
import { RondoError } from "../errors.js";

/**
 * A sysctl's name: "net.ipv4.conf.lo.forwarding", or its parts where one of them has a dot of its own:
 * ["net", "ipv4", "conf", "eth0.100", "forwarding"].
 */
type SysctlName = string | readonly string[];

/** A sysctl's value without its line end. What lies below net/ is that of the calling thread's network namespace. */
export function readSysctl(name: SysctlName): string {
  return attempt(name, (path) => readFileSync(path, "utf8").trimEnd());
}

/** Sets a sysctl, in the calling thread's network namespace. */
export function writeSysctl(name: SysctlName, value: string | number): void {
  attempt(name, (path) => writeFileSync(path, `${value}\n`, { flag: "r+" }));
}

function attempt<T>(name: SysctlName, work: (path: string) => T): T {
  const parts = typeof name === "string" ? name.split(".") : name;
  const text = parts.join(".");
  if (parts.length === 0 || parts.some((part) => part === "" || part === ".." || part.includes("/")))
    throw new RondoError("bad-sysctl", `not a sysctl's name: "${text}"`);
  try {
    return work(`/proc/sys/${parts.join("/")}`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT")
      throw new RondoError("no-sysctl", `this kernel has no sysctl ${text}`, { cause: error });
    if (code === "EACCES" || code === "EPERM" || code === "EROFS")
      throw new RondoError("sysctl-refused", `sysctl ${text}: ${code}`, {
        remedy: "Run it as root, where /proc/sys is writable.",
        cause: error,
      });
    throw new RondoError("sysctl-failed", `sysctl ${text}: ${(error as Error).message}`, { cause: error });
  }
}
