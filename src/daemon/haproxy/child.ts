/** A process that a master started, as `show proc` lists it. */
export interface Child {
  readonly kind: "worker" | "program";
  readonly pid: number;
  /** Of programs. */
  readonly name: string;
  /** Wall clock at its start, milliseconds. */
  readonly started: number;
  /** How many reloads it has seen. */
  reloads: number;
  /** It is to end: another has taken its place. */
  leaving: boolean;
  kill(signal: NodeJS.Signals): void;
}

export interface MasterState {
  readonly pid: number;
  readonly started: number;
  readonly reloads: number;
  readonly failedReloads: number;
  readonly version: string;
  readonly children: readonly Child[];
}

/** What the master's socket answers to `show proc` (mworker.c, cli_io_handler_show_proc). */
export function showProc(state: MasterState, now: number): string {
  const columns = (...words: readonly (string | number)[]) =>
    `${words
      .map((word) => String(word).padEnd(15))
      .join(" ")
      .replace(/ +$/, (end) => end)}\n`;
  const uptime = (started: number) => {
    const up = Math.max(0, Math.floor(now / 1000) - Math.floor(started / 1000));
    const two = (value: number) => String(value).padStart(2, "0");
    return `${Math.floor(up / 86_400)}d${two(Math.floor((up % 86_400) / 3600))}h${two(Math.floor((up % 3600) / 60))}m${two(up % 60)}s`;
  };
  const row = (child: Child) =>
    columns(
      child.pid,
      child.kind === "worker" ? "worker" : child.name,
      child.reloads,
      uptime(child.started),
      child.kind === "worker" ? state.version : "-",
    );
  const list = (kind: Child["kind"], leaving: boolean) =>
    state.children.filter((child) => child.kind === kind && child.leaving === leaving).map(row);
  const old = (title: string, rows: readonly string[]) => (rows.length > 0 ? [`${title}\n`, ...rows] : []);
  return [
    `#${"<PID>".padEnd(14)} ${["<type>", "<reloads>", "<uptime>", "<version>"].map((word) => word.padEnd(15)).join(" ")}\n`,
    columns(
      state.pid,
      "master",
      `${state.reloads} [failed: ${state.failedReloads}]`,
      uptime(state.started),
      state.version,
    ),
    "# workers\n",
    ...list("worker", false),
    ...old("# old workers", list("worker", true)),
    "# programs\n",
    ...list("program", false),
    ...old("# old programs", list("program", true)),
    "\n",
  ].join("");
}
