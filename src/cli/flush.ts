import type { ConnectionFilter } from "../ipvs/connection-filter.js";
import { type CommandIo, usageError, withPlane } from "./command-io.js";
import { counted } from "./counted.js";
import { processIo } from "./process-io.js";
import { filterOptions, namedFilter, serviceAt } from "./targets.js";
import { readWords } from "./words.js";

const usage = `usage: rondo flush WHICH… [--json]

Ends connections as if their time were over. The next packet of one that was ended is the host's, which refuses it: the
client learns at once that it has to connect anew. WHICH is one or more of these, and all of them have to fit:

  ADDRESS:PORT, -t|-u|--sctp-service ADDRESS:PORT, -f MARK [-6]    connections of this service
  --server ADDRESS[:PORT]                                          connections to this real server
  --client ADDRESS[/BITS]                                          connections of these clients
  --all                                                            all connections
`;

const options = {
  ...filterOptions,
  all: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** `rondo flush …`: see docs/manual/flush.md. */
export async function run(words: readonly string[], io: CommandIo = processIo): Promise<number> {
  const { values, positionals } = readWords("flush", words, options, 1);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  const filter: ConnectionFilter = namedFilter(values);
  const [text] = positionals;
  if (filter.service && text !== undefined) throw usageError("one service at a time");
  const all = values["all"] === true;
  const some = text !== undefined || Object.keys(filter).length > 0;
  if (!some && !all) throw usageError("which connections?", usage.trimEnd());
  if (some && all) throw usageError("--all stands alone");
  return withPlane(io, (plane) => {
    const which = text === undefined ? filter : { ...filter, service: serviceAt(plane, text) };
    const connections = plane.flushConnections({ ...which, templates: false });
    const bindings = plane.flushConnections({ ...which, templates: true });
    io.stdout.write(
      values["json"]
        ? `${JSON.stringify({ connections, bindings })}\n`
        : `${counted(connections, "connection")} ended${bindingsText(bindings)}\n`,
    );
    return 0;
  });
}

/** A template binds a client to a server. */
const bindingsText = (count: number): string =>
  count === 0 ? "" : `, and ${count} client${count === 1 ? " is" : "s are"} no longer bound by persistence`;
