import { once } from "node:events";
import { StartFailure } from "./failure.js";
import { Journal } from "./journal.js";
import type { FromWorker, Part, ToWorker } from "./part.js";
import { type NginxOptions, prepare, read } from "./prepare.js";
import { becomeWorker } from "./privileges.js";
import { recordedWorld } from "./recorded-world.js";
import { Service } from "./service.js";
import { WorkerZones } from "./shared-zones.js";
import { handleSignals } from "./signals.js";
import { leaveTerminal } from "./terminal.js";
import { setTitle } from "./title.js";

/** The exit status of a worker that would fail again if it were started again (ngx_process_get_status). */
export const fatal = 2;

/** Serves at its master's sockets until it is told to end, or its master is gone. Never returns. */
export async function runWorker(part: Part & { part: "worker" }, options: NginxOptions): Promise<never> {
  setTitle("worker process");
  if (!process.connected) process.exit(fatal);
  const configuration = once(process, "message") as Promise<[ToWorker]>;
  await tell({ kind: "hello" });
  const [{ recording }] = await configuration;
  const journal = new Journal(false);
  let service: Service;
  try {
    const world = recordedWorld(recording);
    const zones = new WorkerZones(part.zones, part.slot, part.number === 0);
    const prepared = prepare(read(options, world), options, world, zones);
    journal.goTo(prepared.errorLog, prepared.logsToTerminal);
    if (part.inBackground) leaveTerminal(prepared.errorLogs);
    becomeWorker(prepared.settings, journal, part.number);
    const sockets = new Map(part.sockets);
    service = await Service.start(prepared, (text) => sockets.get(text));
  } catch (error) {
    const sentence = error instanceof StartFailure ? error.message : String((error as Error).stack ?? error);
    await tell({ kind: "failed", sentence });
    process.exit(fatal);
  }
  const exit = (): never => {
    journal.notice("exiting");
    journal.notice("exit");
    service.prepared.files.close();
    process.exit(0);
  };
  const terminate = () => {
    service.stop();
    exit();
  };
  let quitting = false;
  handleSignals(
    {
      terminate,
      quit() {
        if (quitting) return;
        quitting = true;
        journal.notice("gracefully shutting down");
        setTitle("worker process is shutting down");
        void service.quit().then(exit);
      },
      reopen() {
        journal.notice("reopening logs");
        service.reopen();
      },
    },
    journal,
  );
  // Nobody would tell it to end, or start another.
  process.once("disconnect", terminate);
  if (!process.connected) terminate();
  await tell({ kind: "ready" });
  return await new Promise<never>(() => {});
}

const tell = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send!(message, undefined, undefined, () => resolve());
  });
