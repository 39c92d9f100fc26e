import { type FromWorker, type ToWorker, Worker } from "../daemon/keepalived/index.js";
import { configOf } from "./keepalived-config.js";
import { handoverTime, roles } from "./keepalived-roles.js";

/**
 * A worker process of keepalived, which the supervisor starts by node:child_process's fork(): it hears and speaks by IPC alone. If the
 * supervisor is gone, or the process gets SIGTERM, it stops in order.
 */
export function runWorker(): Promise<number> {
  process.title = "rondo keepalived: spare";
  return new Promise((resolve) => {
    const send = (message: FromWorker, then?: () => void) => {
      if (process.connected) process.send!(message, undefined, undefined, () => then?.());
      else then?.();
    };
    const exit = (status: number) => {
      // What was sent last is to arrive; the process ends though a role has left something open.
      send({ type: "heartbeat" }, () => process.exit(status));
      resolve(status);
    };
    const worker = new Worker({ roles, read: configOf, handoverTime, send, exit });
    process.on("message", (message) => worker.hear(message as ToWorker));
    process.on("disconnect", () => worker.orphaned());
    // The supervisor may have been killed while this process was still loading its code.
    if (!process.connected) worker.orphaned();
    process.on("SIGTERM", () => worker.stop());
    // Who presses Ctrl-C, or tells a whole group, means the supervisor.
    for (const signal of ["SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const) process.on(signal, () => {});
    const crash = (error: unknown) => {
      send({ type: "log", level: "error", message: `crash: ${(error as Error)?.stack ?? error}` }, () =>
        process.exit(70),
      );
      setTimeout(() => process.exit(70), 500);
    };
    process.on("uncaughtException", crash);
    process.on("unhandledRejection", crash);
  });
}
