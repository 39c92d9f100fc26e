import { closeSync, openSync, rmSync, writeSync } from "node:fs";

/** A pid file that is opened while the process still may, and written when it is known whose number stands in it. */
export class PidFile {
  readonly #fd: number;

  /** @throws Error with Node's code where it can't be made */
  constructor(path: string) {
    rmSync(path, { force: true });
    this.#fd = openSync(path, "wx", 0o644);
  }

  write(pid: number): void {
    writeSync(this.#fd, `${pid}\n`);
    closeSync(this.#fd);
  }
}
