export type Scope = "global" | "frontend" | "listener" | "backend" | "server" | "sticktable";

const all: readonly Scope[] = ["global", "frontend", "listener", "backend", "server", "sticktable"];

export interface ExporterOptions {
  readonly scopes: ReadonlySet<Scope>;
  readonly noMaintenance: boolean;
}

/** The query of a request for metrics: `scope=NAME` (several; `*` is all, nothing is none), `no-maint`. undefined: it can't be read. */
export function readOptions(target: string): ExporterOptions | undefined {
  const question = target.indexOf("?");
  const query = question < 0 ? "" : (target.slice(question + 1).split("#")[0] ?? "");
  let scopes: Set<Scope> | undefined;
  let noMaintenance = false;
  for (const part of query.split("&")) {
    const [key, value, more] = part.split("=").map(decode);
    if (more !== undefined || key === undefined) return undefined;
    if (key === "no-maint") noMaintenance = true;
    if (key !== "scope") continue;
    if (value === undefined) return undefined;
    scopes ??= new Set();
    if (value === "") scopes.clear();
    else if (value.startsWith("*")) for (const each of all) scopes.add(each);
    else if (isScope(value)) scopes.add(value);
    else return undefined;
  }
  return { scopes: scopes ?? new Set(all), noMaintenance };
}

const isScope = (word: string): word is Scope => (all as readonly string[]).includes(word);

function decode(word: string): string | undefined {
  try {
    return decodeURIComponent(word.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
