/** A line of `show servers state`, as a state file holds it. Fields are as they stand, from srv_addr on. */
export interface SavedState {
  readonly backendId: number;
  readonly backend: string;
  readonly serverId: number;
  readonly server: string;
  readonly fields: readonly string[];
  readonly forcedBackendId: boolean;
}

const LEAST = 20;
const MOST = 25;

/**
 * Reads a state file: its version (1) alone on the first line, comments, then lines of fields. Gives the number of a line that can't be read,
 * or "version" where that isn't known.
 */
export function parseStates(text: string): SavedState[] | number | "version" {
  const lines = text.split("\n");
  if (!/^\s*\+?0*1$/.test(lines[0] ?? "") || lines.length < 2) return "version";
  const states: SavedState[] = [];
  const known = new Set<string>();
  for (let at = 1; at < lines.length; at++) {
    const line = (lines[at] as string).trim();
    if (line === "" && at === lines.length - 1) break;
    if (line === "" || line.startsWith("#")) continue;
    // A line without its end was cut off.
    if (at === lines.length - 1) return at;
    const words = line.split(/[ \t]+/);
    if (words.length < LEAST || words.length > MOST) return at;
    const [backendId, backend, serverId, server, ...fields] = words as [
      string,
      string,
      string,
      string,
      ...string[],
    ];
    const state = {
      backendId: Number.parseInt(backendId, 10),
      backend,
      serverId: Number.parseInt(serverId, 10),
      server,
      fields,
      forcedBackendId: Number(fields[11]) === 1,
    };
    // Of two lines for one server the first counts.
    const name = `${backend}/${server}`;
    if (!known.has(name)) states.push(state);
    known.add(name);
  }
  return states;
}
