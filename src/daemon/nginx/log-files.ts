import { chmodSync, chownSync, statSync } from "node:fs";
import { LogFile, type LogFileOptions } from "../../nginx/log/log-file.js";
import { reasonOf, StartFailure } from "./failure.js";

/** All logs that are open, one file for each path. */
export class LogFiles {
  readonly #files = new Map<string, LogFile>();

  /** The log of a path. @throws StartFailure where it can't be opened */
  open(path: string, options?: LogFileOptions): LogFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    try {
      const file = new LogFile(path, options);
      this.#files.set(path, file);
      return file;
    } catch (error) {
      throw new StartFailure(`open() "${path}" failed (${reasonOf(error)})`);
    }
  }

  /**
   * Goes on in new files of the same names, which `owner` gets if one is given: workers that aren't root's open them next
   * (ngx_reopen_files). A file that can't be opened stays as it is.
   */
  reopen(owner: number | undefined, failed: (sentence: string) => void): void {
    for (const [path, file] of this.#files) {
      try {
        file.reopen();
      } catch (error) {
        failed(`open() "${path}" failed (${reasonOf(error)})`);
        continue;
      }
      if (owner !== undefined) this.#giveTo(path, owner, failed);
    }
  }

  #giveTo(path: string, owner: number, failed: (sentence: string) => void): void {
    try {
      const { uid, gid, mode } = statSync(path);
      if (uid !== owner) chownSync(path, owner, gid);
      if ((mode & 0o600) !== 0o600) chmodSync(path, (mode & 0o7777) | 0o600);
    } catch (error) {
      failed(`chown("${path}", ${owner}) failed (${reasonOf(error)})`);
    }
  }

  flush(): void {
    for (const file of this.#files.values()) file.flush();
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }
}
