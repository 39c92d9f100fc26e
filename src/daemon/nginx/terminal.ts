import { closeSync, openSync } from "node:fs";
import type { ErrorLog } from "../../config/nginx/readers/error-log.js";

/**
 * Nothing of ours holds the terminal any more: standard streams are /dev/null, and standard error is the error log's file
 * (ngx_log_redirect_stderr). It stays where it is if that is the error log.
 */
export function leaveTerminal(errorLogs: readonly ErrorLog[]): void {
  const targets = errorLogs.map(({ target }) => target);
  const file = targets.find((target) => target.kind === "file")?.path;
  const stays = targets.some(({ kind }) => kind === "stderr");
  for (const fd of stays ? [0, 1] : [0, 1, 2]) {
    try {
      closeSync(fd);
    } catch {
      // It was closed before.
    }
    // It takes the lowest number that is free.
    if (fd === 2 && file !== undefined) openSync(file, "a", 0o644);
    else openSync("/dev/null", "r+");
  }
}
