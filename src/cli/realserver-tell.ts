import {
  type Action,
  commandOf,
  keyOf,
  type Prepared,
  recordFile,
  type ServerStatus,
  textOf,
  undoCommand,
  type Wanted,
  wantedToJson,
} from "../realserver/index.js";
import { columns } from "./columns.js";

/** What would be done, as commands to type. */
export function dryRunText({ looked, notes }: Prepared): string {
  const commands = looked.flatMap(({ actions }) => actions.map(commandOf));
  const lines = commands.length > 0 ? commands : ["# all of it is so already"];
  return [...lines, ...notes.map(({ level, text }) => `# ${level}: ${text}`), ""].join("\n");
}

/** The plan for programs: each step, whether it held before, and what was or would be done. */
export function planJson({ wanted, looked, notes }: Prepared, done: boolean): string {
  const steps = looked.map(({ step, held, actions }) => ({
    kind: step.kind,
    text: textOf(step),
    held,
    commands: actions.map(commandOf),
  }));
  return jsonLine({ server: keyOf(wanted), ...wantedToJson(wanted), done, steps, notes });
}

/** The same of taking it back. */
export const undoJson = (key: string, actions: readonly Action[] | undefined, done: boolean): string =>
  jsonLine({
    server: key,
    undo: true,
    known: actions !== undefined,
    done,
    commands: (actions ?? []).map(commandOf),
  });

/** What this host was made, as people read it. */
export function statusText(servers: readonly ServerStatus[]): string {
  if (servers.length === 0) return "this host was made no real server\n";
  return servers
    .map(({ wanted, steps, trouble, packets }) => {
      const rows = steps.map(({ step, holds }) => [holds ? "  holds" : "  NOT SO", textOf(step)]);
      const all = !trouble && steps.every(({ holds }) => holds);
      return [
        `${titleOf(wanted)}: ${all ? "all of it holds" : "not all of it holds"}${packets === undefined ? "" : `; ${packets} packets from tunnels`}`,
        ...(trouble
          ? [`  NOT SO  ${trouble.message}`, ...(trouble.remedy ? [`          ${trouble.remedy}`] : [])]
          : []),
        ...columns(rows),
        "",
      ].join("\n");
    })
    .join("");
}

function titleOf(wanted: Wanted): string {
  const { method, vip } = wanted;
  if (method === "nat") return `behind the director ${wanted.gateway}, by NAT${vip ? ` (VIP ${vip})` : ""}`;
  return `real server of ${vip}, by ${method.toUpperCase()}${method === "tun" && wanted.kernel ? " (the kernel's tunl0)" : ""}`;
}

/** The same for programs. */
export function statusJson(servers: readonly ServerStatus[]): string {
  return jsonLine({
    record: recordFile(),
    servers: servers.map(({ key, wanted, steps, trouble, packets }) => ({
      server: key,
      ...wantedToJson(wanted),
      ok: isWhole({ trouble, steps }),
      steps: steps.map(({ step, holds }) => ({ kind: step.kind, text: textOf(step), holds })),
      ...(trouble && { error: { code: trouble.code, message: trouble.message, remedy: trouble.remedy } }),
      ...(packets !== undefined && { packets: Number(packets) }),
    })),
  });
}

export const isWhole = ({ trouble, steps }: Pick<ServerStatus, "trouble" | "steps">): boolean =>
  !trouble && steps.every(({ holds }) => holds);

/** The commands that take back what this host was made. */
export const undoCommands = (servers: readonly { readonly wanted: Wanted }[]): string =>
  servers.map(({ wanted }) => `  ${undoCommand(wanted)}`).join("\n");

const jsonLine = (value: object): string => `${JSON.stringify(value)}\n`;
