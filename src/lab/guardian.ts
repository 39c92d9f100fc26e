import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { programPath } from "./programs.js";

/**
 * A process of its own session that takes a lab down when this process ends without having said that the lab may stay:
 * by Ctrl-C, by kill -9, by a closed terminal. It holds the reading end of a pipe, which the kernel closes for it.
 */
export class Guardian {
  readonly #pipe: Writable;

  private constructor(pipe: Writable) {
    this.#pipe = pipe;
  }

  /**
   * From here on the lab does not outlive this process.
   * @param since as it stands in the lab's record: one that is made later under the same name is none of its business.
   */
  static over(lab: string, since: string): Guardian {
    const child = spawn(process.execPath, [programPath("guardian"), lab, since], {
      detached: true,
      cwd: "/",
      stdio: ["pipe", "ignore", "inherit"],
    });
    child.unref();
    const pipe = child.stdin!;
    pipe.on("error", () => {}); // It was killed: then nobody guards, and nothing is lost by it.
    (pipe as unknown as { unref?(): void }).unref?.();
    return new Guardian(pipe);
  }

  /** The lab may stay, or is gone already: the guardian ends. */
  dismiss(): void {
    this.#pipe.end("dismissed\n");
  }
}
