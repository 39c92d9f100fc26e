import type { StreamRun } from "../../run/index.js";
import { type Command, type CommandCall, failure, type Reply } from "../command.js";
import { findServer, isMessage } from "../find.js";
import { socketLine, streamLine, streamOfName, streamText } from "../stream-text.js";

/** Lists streams, and ends them (stream.c). */
export const streamCommands: readonly Command[] = [
  {
    words: ["show", "sess"],
    usage:
      "show sess [id]                          : report the list of current sessions or dump this exact session",
    level: "operator",
    run: showSessions,
  },
  {
    words: ["shutdown", "session"],
    usage: "shutdown session [id]                   : kill a specific session",
    level: "admin",
    run: shutdownSession,
  },
  {
    words: ["shutdown", "sessions", "server"],
    usage: "shutdown sessions server <bk>/<srv>     : kill sessions on a server",
    level: "admin",
    run: shutdownOfServer,
  },
];

const byAge = (streams: Iterable<StreamRun>) => [...streams].sort((a, b) => a.id - b.id);

async function showSessions(call: CommandCall): Promise<Reply> {
  const { host, session, word } = call;
  const wanted = word(2);
  const streams = byAge(host.process.streams);
  if (wanted === "" || wanted === "all") {
    const full = wanted === "all";
    const elsewhere = (await host.otherThreads?.describeStreams(full)) ?? [];
    const here = streams.map((each) =>
      full ? streamText(host.process, each) : streamLine(host.process, each),
    );
    return { pieces: [...here, ...elsewhere, socketLine(session.describe())] };
  }
  const id = streamOfName(wanted);
  const found = streams.find((each) => each.id === id);
  if (found !== undefined) return streamText(host.process, found);
  const elsewhere = id === undefined ? [] : ((await host.otherThreads?.describeStreams(id)) ?? []);
  return elsewhere.length > 0 ? elsewhere.join("") : "Session not found.\n";
}

async function shutdownSession({ host, word }: CommandCall): Promise<Reply> {
  if (!/^(0x)?[0-9a-f]*[1-9a-f][0-9a-f]*$/i.test(word(2)))
    return failure("Session pointer expected (use 'show sess').\n");
  const id = streamOfName(word(2));
  const found = [...host.process.streams].find((each) => each.id === id);
  if (found !== undefined) {
    found.shutdown("killed");
    return undefined;
  }
  const elsewhere = id === undefined ? 0 : ((await host.otherThreads?.shutdown({ stream: id })) ?? 0);
  return elsewhere > 0 ? undefined : failure("No such session (use 'show sess').\n");
}

async function shutdownOfServer(call: CommandCall): Promise<Reply> {
  const server = findServer(call, call.word(3));
  if (isMessage(server)) return server;
  for (const stream of [...call.host.process.streams])
    if (stream.server === server) stream.shutdown("killed");
  await call.host.otherThreads?.shutdown({ backend: server.proxy.name, server: server.name });
  return undefined;
}
