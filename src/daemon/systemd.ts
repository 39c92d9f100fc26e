import { UnixDatagrams } from "../sys/index.js";

/** What systemd is told of (sd_notify(3)). Without $NOTIFY_SOCKET nothing happens. */
export class Systemd {
  readonly #socket: UnixDatagrams | undefined;
  /** How often systemd wants to hear of us, in milliseconds: half of its patience. */
  readonly watchdog: number | undefined;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    const path = env["NOTIFY_SOCKET"];
    if (path !== undefined && /^[/@]/.test(path)) this.#socket = new UnixDatagrams(path);
    const patience = Number(env["WATCHDOG_USEC"]);
    const mine = env["WATCHDOG_PID"] === undefined || Number(env["WATCHDOG_PID"]) === process.pid;
    this.watchdog = this.#socket && mine && patience > 0 ? patience / 2000 : undefined;
  }

  ready(status: string): void {
    this.#send(`READY=1\nMAINPID=${process.pid}\nSTATUS=${status}`);
  }

  /** Type=notify-reload wants the time at which it began, microseconds of CLOCK_MONOTONIC. */
  reloading(): void {
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}\nSTATUS=Reloading`);
  }

  stopping(): void {
    this.#send("STOPPING=1\nSTATUS=Stopping");
  }

  status(text: string): void {
    this.#send(`STATUS=${text}`);
  }

  alive(): void {
    this.#send("WATCHDOG=1");
  }

  close(): void {
    this.#socket?.close();
  }

  #send(text: string): void {
    this.#socket?.send(text);
  }
}
