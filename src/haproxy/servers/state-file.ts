import { readFileSync } from "node:fs";
import { systemError } from "../checks/failure-text.js";
import { applyState } from "./apply-state.js";
import type { BackendState } from "./backend-state.js";
import { parseStates, type SavedState } from "./saved-states.js";
import type { ServersRun } from "./servers-run.js";
import { logOf } from "./surroundings.js";

/** Loads what an earlier process knew of servers: from the file of all back ends, or from one of a back end's own (apply_server_state). */
export function loadStates(all: ServersRun): void {
  const { config } = all.surroundings;
  const { serverStateFile } = config.global;
  const wanted = all.backends.filter(({ proxy }) => (proxy.section.loadServerState ?? "none") !== "none");
  const everyone = wanted.some(({ proxy }) => proxy.section.loadServerState === "global");
  const saved =
    everyone && serverStateFile !== undefined
      ? read(all, pathOf(all, serverStateFile), "config", "global server state file")
      : undefined;
  for (const backend of wanted) {
    if (backend.servers.length === 0 || backend.proxy.section.disabled) continue;
    if (backend.proxy.section.loadServerState === "global") {
      if (saved !== undefined)
        applyAll(
          backend,
          saved.filter((state) => state.backend === backend.name),
        );
    } else loadLocal(all, backend);
  }
}

function loadLocal(all: ServersRun, backend: BackendState): void {
  const file = backend.proxy.section.serverStateFile ?? backend.name;
  const saved = read(all, pathOf(all, file), `Proxy '${backend.name}'`, "server state file");
  if (saved === undefined) return;
  const own = saved.filter((state) => belongs(all, backend, state));
  const applied = applyAll(backend, own);
  for (const state of own)
    if (!applied.has(state))
      warn(all, backend, `can't find server '${state.server}' in backend '${backend.name}'`);
}

/** Whether a line of a back end's own file is its: by name or by id, with a warning where one of them differs. */
function belongs(all: ServersRun, backend: BackendState, state: SavedState): boolean {
  const sameId = state.backendId === backend.proxy.id;
  const sameName = state.backend === backend.name;
  if (sameId && sameName) return true;
  if (!sameId && !sameName) return false;
  if (sameName) {
    warn(
      all,
      backend,
      `backend ID mismatch: from server state file: '${state.backendId}', from running config '${backend.proxy.id}'`,
    );
    return true;
  }
  warn(
    all,
    backend,
    `backend name mismatch: from server state file: '${state.backend}', from running config '${backend.name}'`,
  );
  return state.forcedBackendId;
}

function applyAll(backend: BackendState, saved: readonly SavedState[]): ReadonlySet<SavedState> {
  const applied = new Set<SavedState>();
  for (const server of backend.servers) {
    const state = saved.find((each) => each.server === server.name);
    if (state === undefined) continue;
    applied.add(state);
    const problem = server.all.lock.hold(() => applyState(server, state));
    if (problem !== undefined) server.all.surroundings.report("warning", problem);
  }
  return applied;
}

function pathOf(all: ServersRun, file: string): string {
  const base = all.surroundings.config.global.serverStateBase;
  if (file.startsWith("/") || base === undefined) return file;
  return base.endsWith("/") ? base + file : `${base}/${file}`;
}

function read(all: ServersRun, path: string, who: string, what: string): readonly SavedState[] | undefined {
  const { surroundings } = all;
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    const reason = systemError((error as NodeJS.ErrnoException).code ?? "");
    surroundings.report(
      "warning",
      `${who}: Can't open ${what} '${path}': ${reason}${who === "config" ? "" : "."}`,
    );
    return undefined;
  }
  const saved = parseStates(text);
  if (saved === "version") {
    surroundings.report("warning", `${who}: Can't get version of the ${what} '${path}'.`);
    return undefined;
  }
  if (typeof saved === "number") {
    surroundings.report("warning", `${who}: corrupted ${what} '${path}' at line ${saved}.`);
    return undefined;
  }
  return saved;
}

function warn(all: ServersRun, backend: BackendState, text: string): void {
  const { surroundings } = all;
  surroundings.report("warning", `Proxy '${backend.name}': ${text}`);
  const { targets, tag } = logOf(surroundings, backend.proxy);
  surroundings.log.send(targets, 5, tag, text);
}
