// Asks by HTTP on the host that it is started on: a question a line on its input, an answer a line on its output.
import { createHash } from "node:crypto";
import { request } from "node:http";
import { createInterface } from "node:readline";

export interface Question {
  readonly host?: string;
  readonly port?: number;
  readonly method?: string;
  /** As it is sent, whatever it says. */
  readonly path: string;
  readonly body?: string;
  /** Behind it come so many of its last letter. */
  readonly more?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  /** X-Server */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  /** At most 1000 bytes of it. */
  readonly text: string;
  readonly bytes: number;
  readonly hash: string;
  readonly milliseconds: number;
  /** Why there is no (whole) answer. */
  readonly error?: string;
}

const chunk = 65536;

function ask({ host, port, method = "GET", path, body = "", more = 0, headers = {} }: Question) {
  const start = performance.now();
  return new Promise<Answered>((resolve) => {
    const begun = { status: 0, server: "", headers: {}, text: "", bytes: 0 };
    const hash = createHash("sha256");
    const end = (error?: Error) =>
      resolve({
        ...begun,
        hash: hash.digest("hex"),
        milliseconds: performance.now() - start,
        ...(error && { error: error.message }),
      });
    const length = Buffer.byteLength(body) + more;
    const asked = request(
      { host, port, method, path, agent: false, headers: { "Content-Length": length, ...headers } },
      (answer) => {
        Object.assign(begun, {
          status: answer.statusCode,
          server: answer.headers["x-server"] ?? "",
          headers: answer.headers,
        });
        answer.on("data", (data: Buffer) => {
          hash.update(data);
          if (begun.bytes < 1000) begun.text = `${begun.text}${data}`.slice(0, 1000);
          begun.bytes += data.length;
        });
        answer.on("error", end).on("end", () => end());
      },
    );
    asked.on("error", end);
    asked.write(body);
    let left = more;
    const send = () => {
      while (left > 0) {
        const size = Math.min(left, chunk);
        left -= size;
        if (!asked.write(Buffer.alloc(size, body.at(-1) ?? "x"))) {
          asked.once("drain", send);
          return;
        }
      }
      asked.end();
    };
    send();
  });
}

if (process.argv[2] !== undefined)
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, ...question } = JSON.parse(line);
    void ask({ host: process.argv[2], port: 80, ...question }).then((answer) =>
      process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`),
    );
  }
