import { endpoint, labNamed, onlyLab, publish, requireRoot } from "../lab/index.js";
import { IpAddress } from "../wire/index.js";
import { usageError } from "./command-io.js";
import type { LabIo } from "./lab.js";
import { untilSignal } from "./lab-signals.js";
import { type OptionTypes, parseWords, wholeNumber } from "./words.js";

/** Its part of `rondo lab --help`. */
export const publishUsage = `
  publish [LAB]             a lab's VIP for this machine's browser, on 127.0.0.1, until Ctrl-C
                            [--port 8080] [--address VIP] [--to-port 80] [--json]
`;

const help = "rondo lab publish [LAB] [--port 8080] [--address VIP] [--to-port 80] [--json]";

const types: OptionTypes = {
  port: { type: "string" },
  address: { type: "string" },
  "to-port": { type: "string" },
  lab: { type: "string" },
  json: { type: "boolean" },
};

/** `rondo lab publish`: status 0 if it was ended by a signal, 1 if the lab or its client went. */
export async function publishVip(words: readonly string[], io: LabIo): Promise<number> {
  const { values, positionals } = parseWords<string | boolean>(words, types, (message) =>
    usageError(`publish: ${message}`, help),
  );
  const [name = values["lab"], more] = positionals;
  if (more !== undefined) throw usageError(`publish: ${more} is too much`, help);
  const port = portOf("port", values["port"] ?? "8080", 0);
  const toPort = values["to-port"] === undefined ? undefined : portOf("to-port", values["to-port"], 1);
  const address = values["address"] === undefined ? undefined : addressOf(String(values["address"]));
  requireRoot("entering a lab");
  const lab = name === undefined ? onlyLab() : labNamed(String(name));
  return await untilSignal(async (signal) => {
    const publication = await publish(lab, {
      port,
      ...(address !== undefined && { address }),
      ...(toPort !== undefined && { toPort }),
      onTrouble: (what) => io.stderr.write(`${what}\n`),
    });
    if (signal.aborted) publication.stop();
    else signal.addEventListener("abort", () => publication.stop());
    const url = `http://127.0.0.1:${publication.port}/`;
    const at = endpoint(publication.address, publication.toPort);
    io.stdout.write(
      values["json"]
        ? `${JSON.stringify({ lab: lab.name, url, port: publication.port, address: publication.address, toPort: publication.toPort })}\n`
        : `${url} is ${at} of lab ${lab.name}\n`,
    );
    if (io.stderr.isTTY) io.stderr.write("Ctrl-C ends it.\n");
    const why = await publication.ended;
    if (why === undefined) return 0;
    io.stderr.write(`rondo lab: ${why}: ${url} is closed\n`);
    return 1;
  });
}

function portOf(option: string, value: string | boolean, least: number): number {
  const port = wholeNumber(String(value), least, 65535);
  if (port !== undefined) return port;
  throw usageError(`publish: --${option} ${value}: it takes a port from ${least} to 65535`, help);
}

function addressOf(text: string): string {
  const address = IpAddress.parse(text);
  if (address) return address.toString();
  throw usageError(`publish: --address ${text}: that is no IP address`, help);
}
