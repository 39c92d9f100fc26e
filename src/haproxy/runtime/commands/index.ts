import type { Command } from "../command.js";
import { errorCommands } from "./error-commands.js";
import { frontendCommands } from "./frontend-commands.js";
import { insideCommands } from "./inside-commands.js";
import { patternCommands } from "./pattern-commands.js";
import { procCommands } from "./proc-commands.js";
import { processCommands } from "./process-commands.js";
import { ringCommands } from "./ring-commands.js";
import { sectionCommands } from "./section-commands.js";
import { serverCommands } from "./server-commands.js";
import { serverLists } from "./server-lists.js";
import { sessionCommands } from "./session-commands.js";
import { socketCommands } from "./socket-commands.js";
import { statCommands } from "./stat-commands.js";
import { streamCommands } from "./stream-commands.js";
import { tableCommands } from "./table-commands.js";
import { tlsCommands } from "./tls-commands.js";
import { variableCommands } from "./variable-commands.js";

/** All commands of the runtime socket. */
export const allCommands: readonly Command[] = [
  ...sessionCommands,
  ...statCommands,
  ...serverCommands,
  ...serverLists,
  ...frontendCommands,
  ...patternCommands,
  ...tableCommands,
  ...streamCommands,
  ...errorCommands,
  ...variableCommands,
  ...ringCommands,
  ...processCommands,
  ...procCommands,
  ...insideCommands,
  ...sectionCommands,
  ...tlsCommands,
  ...socketCommands,
];
