import type { AccessLog } from "../../config/nginx/model/index.js";
import { compile } from "../script/compile.js";
import type { Registry } from "../variables/registry.js";
import type { Session } from "./session.js";
import type { StartSurroundings } from "./start-stream.js";

/** What logs are opened by, and what is told where one can't be. */
export type Logging = Pick<StartSurroundings, "openLog" | "log">;

/** Writes lines to where `access_log` says; a path with variables is opened when a session has ended. */
export function logWriter(
  said: AccessLog,
  registry: Registry<Session>,
  { openLog, log }: Logging,
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
      openLog({ ...said, target: { ...target, path: { ...target.path, text } } })(line);
    } catch (error) {
      log.error((error as Error).message);
    }
  };
}
