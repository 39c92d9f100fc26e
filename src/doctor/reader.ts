import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { RondoError } from "../errors.js";
import type { HostFacts, ServiceFacts } from "./facts.js";
import { gatherFacts, gatherServices, type Questions } from "./gather/index.js";

/** A line that a reader is sent; it answers each by a line. */
type Request = { readonly services: true } | { readonly facts: Questions };

/** Answers the requests that come as lines, one after another, until they end. */
export async function answerRequests(
  lines: NodeJS.ReadableStream,
  write: (line: string) => void,
): Promise<void> {
  for await (const line of createInterface({ input: lines })) {
    const request = JSON.parse(line) as Request;
    const answer = "services" in request ? await gatherServices() : await gatherFacts(request.facts);
    write(`${JSON.stringify(answer)}\n`);
  }
}

/** A process on another host, `rondo doctor --facts --stdin`, that tells what that host looks like, as often as it is asked. */
export class Reader {
  readonly host: string;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<string>;
  #complaint = "";

  constructor(host: string, child: ChildProcess) {
    this.host = host;
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    child.stderr!.on("data", (data: Buffer) => {
      this.#complaint += data.toString();
    });
    child.stdin!.on("error", () => {}); // It has ended: what it said is told.
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("close", (status, signal) => resolve(`it ended with ${status ?? signal}`));
    });
  }

  services(): Promise<ServiceFacts[]> {
    return this.#ask({ services: true }) as Promise<ServiceFacts[]>;
  }

  facts(questions: Questions): Promise<HostFacts> {
    return this.#ask({ facts: { ...questions, host: this.host } }) as Promise<HostFacts>;
  }

  close(): void {
    this.#child.stdin!.end();
    this.#child.kill();
  }

  async #ask(request: Request): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { done, value } = await this.#answers.next();
    if (!done) return JSON.parse(value);
    const why = await this.#ended;
    throw new RondoError(
      "not-examined",
      `host ${this.host} could not be looked at: ${this.#complaint.trim() || why}`,
    );
  }
}

/** What all of them look like at one time; each is asked for the VIPs and the ports that any director among them knows. */
export async function readAll(readers: readonly Reader[], patience?: number): Promise<HostFacts[]> {
  const services = (await Promise.all(readers.map((reader) => reader.services()))).flat();
  const vips = [...new Set(services.flatMap(({ vip }) => vip ?? []))];
  const connects = services.flatMap(({ protocol, vip, port, servers }) =>
    protocol !== "tcp" || vip === undefined || !port
      ? []
      : [
          { address: vip, port },
          ...servers
            .filter((each) => each.method === "masq")
            .map(({ address, port: own }) => ({ address, port: own || port })),
        ],
  );
  const questions = { vips, connects, ...(patience !== undefined && { patience }) };
  return Promise.all(readers.map((reader) => reader.facts(questions)));
}
