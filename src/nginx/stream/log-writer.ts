import type { AccessLog } from "../../config/nginx/model/index.js";
import type { ChangingLogs } from "../log/changing-logs.js";
import { compile } from "../script/compile.js";
import type { Registry } from "../variables/registry.js";
import type { Session } from "./session.js";
import type { StartSurroundings } from "./start-stream.js";

/** What logs are opened by, and what is told where one can't be. */
export type Logging = Pick<StartSurroundings, "openLog" | "openErrorLog" | "log">;

/** Writes lines to where `access_log` says; a path with variables is opened when a session has ended. */
export function logWriter(
  said: AccessLog,
  registry: Registry<Session>,
  { openLog, log }: Logging,
  logs: ChangingLogs,
): (session: Session, line: string) => void {
  const { target } = said;
  const path = target.kind === "file" ? compile(target.path, registry) : undefined;
  if (target.kind !== "file" || path === undefined || path.constant !== undefined) {
    const write = openLog(said);
    return (_, line) => write(line);
  }
  return (session, line) => {
    const text = path.value(session);
    try {
      logs.write(text, `${line}\n`);
    } catch (error) {
      log.error(`open() "${text}" failed (${(error as Error).message})`);
    }
  };
}
