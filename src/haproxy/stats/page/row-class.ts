import type { StatRow } from "../stat-row.js";

/** By which colour a line shows its state: "active up", "backup going-down", "maintenance" …; words are HAProxy's legend. */
export function rowClass(row: StatRow): string {
  if (row.kind === "F") return "frontend";
  if (row.kind === "L") return "listener";
  if (row.kind === "B") return "backend";
  const status = String(row.byName.status ?? "");
  if (status.startsWith("MAINT")) return "maintenance";
  return `${row.byName.bck === 1 ? "backup" : "active"} ${serverClass(row, status)}`;
}

function serverClass({ byName }: StatRow, status: string): string {
  if (status === "DOWN" || status === "DOWN (agent)") return "down";
  if (status.startsWith("DOWN ")) return "going-up";
  if (status.startsWith("DRAIN")) return status.includes("/") ? "going-down" : "draining";
  if (status.startsWith("NOLB ")) return "going-down";
  if (status === "NOLB") return "nolb";
  if (status === "no check") return "no-check";
  const full = Number(byName.check_rise ?? 0) + Number(byName.check_fall ?? 0) - 1;
  if (byName.chkfail !== undefined && byName.check_health !== full) return "going-down";
  return Number(byName.weight ?? 0) > 0 ? "up" : "draining";
}
