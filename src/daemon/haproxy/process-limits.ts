import type { Global } from "../../config/haproxy/model/index.js";
import { resourceLimit, SystemError, setDumpable, setResourceLimit } from "../../sys/index.js";
import type { Messages } from "./messages.js";

/** Raises the limit of open files to what is needed; false: it can't be, and strict-limits make that an error. */
export function raiseFileLimit(needed: number, global: Global, messages: Messages): boolean {
  const before = resourceLimit("files");
  if (before.soft >= needed && global.ulimitN === undefined) return true;
  try {
    setResourceLimit("files", { soft: needed, hard: Math.max(before.hard, needed) });
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
  if (global.strictLimits) {
    messages.alert(`[haproxy.main()] Cannot raise FD limit to ${needed}, limit is ${before.soft}.`);
    return false;
  }
  try {
    setResourceLimit("files", { soft: before.hard, hard: before.hard });
  } catch {
    // It stays as it is.
  }
  const { soft } = resourceLimit("files");
  messages.warning(`[haproxy.main()] Cannot raise FD limit to ${needed}, limit is ${soft}.`);
  messages.alert(
    `[haproxy.main()] FD limit (${soft}) too low for maxconn/maxsock=${needed}. Please raise 'ulimit-n' to ${needed} or more to avoid any trouble.`,
  );
  return true;
}

/** set-dumpable: a core file, however large, also after user and group were given up. */
export function allowCoreFiles({ setDumpable: wanted, strictLimits }: Global, messages: Messages): boolean {
  if (!wanted) return true;
  const unlimited = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY };
  for (const [resource, text] of [
    ["fileSize", "file size"],
    ["core", "core dump size"],
  ] as const) {
    try {
      setResourceLimit(resource, unlimited);
    } catch {
      const sentence = `[haproxy.main()] Failed to set the raise the maximum ${text}.`;
      if (strictLimits) {
        messages.alert(sentence);
        return false;
      }
      messages.warning(sentence);
    }
  }
  try {
    setDumpable(true);
  } catch {
    messages.warning("[haproxy.main()] Failed to set the dumpable flag, no core will be dumped.");
  }
  return true;
}
