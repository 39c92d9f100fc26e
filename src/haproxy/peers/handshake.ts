import { status } from "./status.js";

const longestLine = 1024;

/**
 * A peer's greeting, with which the caller begins (peers.c, peer_io_handler); it is answered with a status of three digits on a line:
 *
 *     HAProxyS 2.1                  200
 *     NAME OF THE ONE CALLED
 *     NAME OF THE CALLER PID 1
 */
export function greeting(calledName: string, ownName: string, pid: number, downgraded: boolean): string {
  return `HAProxyS ${downgraded ? "2.0" : "2.1"}\n${calledName}\n${ownName} ${pid} 1\n`;
}

/** The handshake's lines, as they come. */
export class LineReader {
  #line = "";

  /** The next line, and the bytes behind it; undefined: it isn't whole yet. */
  next(bytes: Uint8Array): { readonly line: string; readonly rest: Uint8Array } | "too long" | undefined {
    const end = bytes.indexOf(10);
    this.#line += Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("latin1");
    if (this.#line.length > longestLine) return "too long";
    if (end < 0) return undefined;
    const line = this.#line.replace(/\r$/, "");
    this.#line = "";
    return { line, rest: bytes.subarray(end + 1) };
  }
}

/** Who a caller says that it is. */
export interface Caller {
  readonly name: string;
  /** It knows only version 2.0: no timed updates. */
  readonly downgraded: boolean;
}

/** Looks at a greeting line by line. */
export class GreetingReader {
  readonly #ownName: string;
  readonly #lines: string[] = [];

  constructor(ownName: string) {
    this.#ownName = ownName;
  }

  /** The caller, when all is told; undefined: go on; or the status that refuses it. */
  add(line: string): Caller | number | undefined {
    this.#lines.push(line);
    if (this.#lines.length === 1) {
      const version = /^HAProxyS (.*)$/.exec(line);
      if (version === null) return status.protocol;
      return /^2\.[01]$/.test(version[1] as string) ? undefined : status.version;
    }
    if (this.#lines.length === 2) return line === this.#ownName ? undefined : status.host;
    const name = /^(\S*) /.exec(line)?.[1];
    if (name === undefined) return status.protocol;
    return { name, downgraded: this.#lines[0] === "HAProxyS 2.0" };
  }
}
