import { release, type } from "node:os";
import { nginxVersion } from "../../config/nginx/program.js";
import { resourceLimit } from "../../sys/index.js";
import { Systemd } from "../systemd.js";
import { StartFailure } from "./failure.js";
import { type GenerationOptions, newGeneration } from "./generation.js";
import type { Journal } from "./journal.js";
import { Master } from "./master.js";
import type { Part } from "./part.js";
import { removePidFile, writePidFile } from "./pid-file.js";
import type { NginxOptions } from "./prepare.js";
import { handleSignals } from "./signals.js";
import { SingleProcess } from "./single.js";
import { Sockets } from "./sockets.js";
import { leaveTerminal } from "./terminal.js";
import { setTitle } from "./title.js";

export interface RunOptions {
  readonly words: readonly string[];
  readonly options: NginxOptions;
  readonly journal: Journal;
  readonly part: Part | undefined;
  readonly tell: NonNullable<GenerationOptions["tell"]>;
}

/** Binds, and serves until it is told to end; gives the exit status. What goes wrong is told. */
export async function run({ words, options, journal, part, tell }: RunOptions): Promise<number> {
  const old = part?.part === "new binary" ? part : undefined;
  const inherited = old && Sockets.inherited(old.sockets);
  const first = await newGeneration({ options, journal, tell, ...(inherited && { inherited }) });
  if (first === undefined) return 1;
  const { settings, files } = first.prepared;
  tellStart(journal);
  const inBackground = part?.part === "daemon" || old?.inBackground === true;
  const process_ = settings.masterProcess
    ? new Master({ words, options, journal, first, inBackground, oldMaster: old?.parent })
    : new SingleProcess(options, journal, first);
  if (settings.masterProcess) setTitle(`master process nginx ${words.join(" ")}`.trimEnd());
  try {
    writePidFile(settings.pidPath);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    journal.write("emerg", error.message);
    first.sockets.close();
    return 1;
  }
  const leave = () => {
    const { prepared } = process_.generation;
    removePidFile(process_.pidPath, (sentence) => journal.write("alert", sentence));
    journal.notice("exit");
    prepared.files.close();
    files.close();
  };
  const systemd = new Systemd();
  const stopping = (work: () => void) => () => {
    systemd.stopping();
    work();
  };
  handleSignals(
    {
      terminate: stopping(() => process_.terminate()),
      quit: stopping(() => process_.quit()),
      reopen: () => process_.reopen(),
      reload: () => process_.reload(),
      ...(process_ instanceof Master && {
        changeBinary: () => process_.changeBinary(),
        ...((inBackground || old) && { stopAccepting: () => process_.stopAccepting() }),
      }),
    },
    journal,
  );
  if (!(await process_.start())) {
    leave();
    return 1;
  }
  journal.starting = false;
  if (inBackground) {
    leaveTerminal(first.prepared.errorLogs);
  }
  if (part !== undefined) tellReady();
  systemd.ready("Serving");
  await process_.ended;
  systemd.close();
  leave();
  return 0;
}

function tellStart(journal: Journal): void {
  const { soft, hard } = resourceLimit("files");
  journal.notice(`nginx/${nginxVersion}`);
  journal.notice(`OS: ${type()} ${release()}`);
  journal.notice(`getrlimit(RLIMIT_NOFILE): ${soft}:${hard}`);
}

/** Of a daemon, or a new binary: who started it may go on. */
function tellReady(): void {
  if (!process.connected) return;
  process.send!("running", undefined, undefined, () => {
    if (process.connected) process.disconnect();
  });
}
