import type { CheckState } from "../checks/check-state.js";
import { checkStatus, statusDescription } from "../checks/check-status.js";
import { state } from "./admin.js";
import { field, number } from "./layout.js";
import type { ServerState } from "./server-state.js";

/**
 * What is appended to a line about a server's change: why (the check that caused it, or the server that it follows), and what is left of its
 * back end (srv_append_status).
 *
 * @param check whose result is told, instead of the one that caused the change
 * @param moved how many streams left its queue or came to it; undefined: nothing is told of the back end
 * @param forced an operator did it, so no tracked server is named
 */
export function statusLine(
  server: ServerState,
  check: CheckState | undefined,
  moved: number | undefined,
  forced: boolean,
): string {
  const { memory } = server;
  const status = check?.statusCode ?? memory.get(field.causeStatus) - 1;
  const code = check?.code ?? memory.get(field.causeCode);
  const duration = check?.durationMs ?? memory.number(number.causeDuration);
  const description = check?.description ?? memory.text("cause");
  let line = "";
  if (status >= 0) {
    line += `, reason: ${statusDescription(status)}`;
    if (status >= checkStatus.L57DATA) line += `, code: ${code}`;
    if (description !== "") line += `, info: "${escaped(description)}"`;
    if (duration >= 0) line += `, check duration: ${Math.floor(duration)}ms`;
  } else if (description !== "") line += `, ${description}`;
  else if (!forced && server.track !== undefined) line += ` via ${server.track.path}`;
  if (moved === undefined) return line;
  const { active, backups } = server.backend;
  const onBackup = backups > 0 && active === 0 ? " Running on backup." : "";
  return server.nextState === state.stopped
    ? `${line}. ${active} active and ${backups} backup servers left.${onBackup} ${server.sessions.value} sessions active, ${moved} requeued, ${server.queued} remaining in queue`
    : `${line}. ${active} active and ${backups} backup servers online.${onBackup} ${moved} sessions requeued, ${server.queued} total in queue`;
}

/** Quotes and what isn't printable as `\xx` (chunk_asciiencode). */
function escaped(text: string): string {
  let escaped = "";
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    escaped +=
      byte < 32 || byte >= 127 || char === '"' || char === "<" || char === ">"
        ? `<${byte.toString(16).toUpperCase().padStart(2, "0")}>`
        : char;
  }
  return escaped;
}
