import { converse } from "./conversation.js";
import type { Probe, ProbeResult, Target } from "./probe.js";

/** What is asked for, and which answers are good. */
export interface HttpQuestion {
  /** "/health": begins with a slash, no blanks. */
  readonly path: string;
  /** The Host header; without it the server's own address and port. */
  readonly host?: string;
  /** Good statuses, both ends included. */
  readonly status: readonly { readonly from: number; readonly to: number }[];
}

/** A status line is looked for in no more than this, in bytes. */
const longestStatusLine = 4096;

/**
 * Well is who answers a GET with one of the statuses. Of the answer only the status line is read, which is its first line:
 * "HTTP/1.1 200 OK" (RFC 9112, section 4).
 */
export const httpProbe = (question: HttpQuestion): Probe => ({
  kind: "http",
  name: `http ${question.path}`,
  probe: (target, timeout, signal) =>
    converse(target, timeout, signal, (socket, end) => {
      let answer = "";
      socket.setEncoding("latin1");
      socket.on("data", (text: string) => {
        answer += text;
        const line = /^([^\n]*)\n/.exec(answer)?.[1];
        if (line !== undefined) end(judge(line.trimEnd(), question));
        else if (answer.length > longestStatusLine) end(noHttp);
      });
      socket.on("end", () => end(answer === "" ? { outcome: "failed", detail: "no answer" } : noHttp));
      socket.write(request(question, target));
    }),
});

const noHttp: ProbeResult = { outcome: "failed", detail: "answer is no HTTP" };

function judge(line: string, { status }: HttpQuestion): ProbeResult {
  const digits = /^HTTP\/\d(?:\.\d)? (\d{3})(?: |$)/.exec(line)?.[1];
  if (digits === undefined) return noHttp;
  const code = Number(digits);
  const good = status.some(({ from, to }) => from <= code && code <= to);
  return { outcome: good ? "passed" : "failed", detail: `status ${digits}` };
}

function request({ path, host }: HttpQuestion, { address, port }: Target): string {
  const name = address.family === 6 ? `[${address}]` : `${address}`;
  const own = port === 80 ? name : `${name}:${port}`;
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host ?? own}`, "User-Agent: rondo-watch", "Accept: */*"];
  return `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`;
}
