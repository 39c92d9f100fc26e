import { RondoError } from "../../errors.js";
import { checkTunable, tunableNames } from "../../ipvs/tunables.js";
import { readSysctl, writeSysctl } from "../../sys/index.js";

const sysctl = (name: string) => ["net", "ipv4", "vs", name];

/** The kernel has both numbers in one file. */
const pair = "sync_threshold";
const second = "sync_period";

/** The settings that this kernel has, of those that IPVS has; in the calling thread's network namespace. */
export function readTunables(): Map<string, number> {
  const values = new Map<string, number>();
  for (const name of tunableNames) {
    const numbers = numbersIn(name === second ? pair : name);
    const value = numbers?.[name === second ? 1 : 0];
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** Throws RondoError "no-tunable" also for one that this kernel doesn't have. */
export function writeTunable(name: string, value: number): void {
  const all = readTunables();
  checkTunable(name, value, all);
  if (!all.has(name))
    throw new RondoError("no-tunable", `this kernel's IPVS has no setting ${name}`, { exitStatus: 2 });
  if (name === pair) writeSysctl(sysctl(pair), `${value} ${all.get(second)}`);
  else if (name === second) writeSysctl(sysctl(pair), `${all.get(pair)} ${value}`);
  else writeSysctl(sysctl(name), value);
}

/** The numbers of a file of /proc/sys/net/ipv4/vs; undefined where it isn't there. */
function numbersIn(name: string): number[] | undefined {
  try {
    return readSysctl(sysctl(name)).split(/\s+/).map(Number);
  } catch (error) {
    if (error instanceof RondoError && error.code === "no-sysctl") return undefined;
    throw error;
  }
}
