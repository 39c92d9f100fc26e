import type { GlobalDefs, KeepalivedConfig, ProcessSettings } from "../../config/keepalived/model/index.js";
import { setScheduling } from "../../sys/index.js";
import type { RoleName } from "./role.js";

/** Gives this process what `global_defs` says of it: priority, CPUs, memory, name. A sentence for each refusal. */
export function processSettings(role: RoleName | "main", { global }: KeepalivedConfig): string[] {
  const settings = settingsOf(role, global);
  process.title = settings.name ?? (role === "main" ? "rondo keepalived" : `rondo keepalived: ${role}`);
  return setScheduling({
    ...(settings.priority !== undefined && { nice: settings.priority }),
    ...(settings.realtimePriority !== undefined && { realtime: settings.realtimePriority }),
    ...(settings.realtimeLimit !== undefined && { realtimeLimit: settings.realtimeLimit }),
    ...(settings.cpuAffinity.length > 0 && { cpus: settings.cpuAffinity }),
    lockMemory: settings.noSwap,
  });
}

const settingsOf = (role: RoleName | "main", global: GlobalDefs): ProcessSettings => global[role];
