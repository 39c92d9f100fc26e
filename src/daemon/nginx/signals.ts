import { constants } from "node:os";
import type { Journal } from "./journal.js";

export interface SignalActions {
  /** TERM, INT */
  terminate(): void;
  quit(): void;
  reopen(): void;
  /** Masters only. */
  reload?(): void;
  stopAccepting?(): void;
  changeBinary?(): void;
}

/** nginx's signals (ngx_signal_handler), each told to the log. */
export function handleSignals(actions: SignalActions, journal: Journal): void {
  const on = (signal: NodeJS.Signals, action: string, work: (() => void) | undefined) =>
    process.on(signal, () => {
      const number = constants.signals[signal];
      journal.notice(`signal ${number} (${signal}) received${work ? action : ", ignoring"}`);
      work?.();
    });
  on("SIGTERM", ", exiting", () => actions.terminate());
  on("SIGINT", ", exiting", () => actions.terminate());
  on("SIGQUIT", ", shutting down", () => actions.quit());
  on("SIGUSR1", ", reopening logs", () => actions.reopen());
  on("SIGHUP", ", reconfiguring", actions.reload && (() => actions.reload!()));
  const stopAccepting = actions.stopAccepting && (() => actions.stopAccepting!());
  on("SIGWINCH", stopAccepting ? ", stop accepting connections" : "", stopAccepting ?? (() => {}));
  on("SIGUSR2", ", changing binary", actions.changeBinary && (() => actions.changeBinary!()));
}
