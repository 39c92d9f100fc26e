import type { ServerState } from "./server-state.js";

/** How weighty a server's change of state is to logs (syslog). */
export const levels = { alert: 1, notice: 5 } as const;

/** "Server be/s1", or "Backup Server be/s2". */
export function title(server: ServerState): string {
  return `${server.backup ? "Backup " : ""}Server ${server.path}`;
}

/** " (cause)" of an administrative change; nothing where none was told. */
export function because(server: ServerState): string {
  const cause = server.memory.text("adminCause");
  return cause === "" ? "" : ` (${cause})`;
}
