import type { NotifyScripts } from "../model/index.js";
import type { Reader, Readers } from "./reading.js";
import { scriptOnce } from "./scripts.js";

type Notified = { notify: { -readonly [K in keyof NotifyScripts]?: NotifyScripts[K] | undefined } };

const script = (field: keyof NotifyScripts): Reader<Notified> =>
  scriptOnce(
    ({ notify }) => notify[field],
    ({ notify }, command) => {
      notify[field] = command;
    },
  );

/** Scripts of an instance or a sync group. */
export const notifyReaders: Readers<Notified> = {
  notify: script("generic"),
  notify_master: script("master"),
  notify_backup: script("backup"),
  notify_fault: script("fault"),
  notify_stop: script("stop"),
  notify_deleted: (draft, statement, reading) => {
    if (statement.arguments.length > 0) script("deleted")(draft, statement, reading);
  },
  notify_master_rx_lower_pri: script("masterReceivesLowerPriority"),
};
