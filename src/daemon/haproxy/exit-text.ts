import { constants } from "node:os";
import type { Child } from "./child.js";

const signalTexts: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries({
    SIGHUP: "Hangup",
    SIGINT: "Interrupt",
    SIGQUIT: "Quit",
    SIGILL: "Illegal instruction",
    SIGABRT: "Aborted",
    SIGBUS: "Bus error",
    SIGFPE: "Floating point exception",
    SIGKILL: "Killed",
    SIGUSR1: "User defined signal 1",
    SIGSEGV: "Segmentation fault",
    SIGUSR2: "User defined signal 2",
    SIGPIPE: "Broken pipe",
    SIGALRM: "Alarm clock",
    SIGTERM: "Terminated",
  } satisfies Partial<Record<NodeJS.Signals, string>>).map(([name, text]) => [
    constants.signals[name as NodeJS.Signals],
    text,
  ]),
);

/** How a child ended, as the master says it (mworker.c, mworker_catch_sigchld). `status`: 128 and a signal's number where one ended it. */
export function exitText(child: Pick<Child, "kind" | "pid" | "name" | "leaving">, status: number): string {
  const text = status < 128 ? "Exit" : (signalTexts[status - 128] ?? `Unknown signal ${status - 128}`);
  const who = child.kind === "worker" ? `worker (${child.pid})` : `program '${child.name}' (${child.pid})`;
  return `${child.leaving ? "Former" : "Current"} ${who} exited with code ${status} (${text})`;
}
