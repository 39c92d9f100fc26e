import { allCommands, CliSession } from "../runtime/index.js";
import type { Assembled } from "./assemble.js";

/** Runs a line of commands as the runtime socket would; `end` is called when all is answered. */
export function runCommand(
  { host, gauges, process }: Pick<Assembled, "host" | "gauges" | "process">,
  line: string,
  level: "user" | "operator" | "admin",
  output: { write(text: string): void; end(): void },
): { close(): void } {
  const session = new CliSession(
    {
      host,
      gauges,
      commands: allCommands,
      level,
      severity: "none",
      timeoutMs: process.config.global.statsTimeoutMs,
      describe: () => ({
        id: 0,
        source: "unix:0",
        protocol: "sockpair",
        since: Date.now(),
        descriptor: undefined,
      }),
    },
    {
      write: (text) => {
        output.write(text);
        return true;
      },
      end: output.end,
    },
  );
  session.receive(`${line}\n`);
  session.inputEnded();
  return { close: () => session.closed() };
}
