import { diskWorld, type ProxySection } from "../../config/haproxy/index.js";
import { showCaches } from "../cache/index.js";
import { resolverCounters, showResolvers } from "../resolvers/index.js";
import { later, type OtherThreads, type RuntimeHost } from "../run/index.js";
import { certificateStore } from "../runtime/index.js";
import { streamLine, streamText } from "../runtime/stream-text.js";
import type { Assembled } from "./assemble.js";
import { dynamicServer, dynamicValue } from "./dynamic-lines.js";

/** What the runtime socket, the stats page and the exporter see of a process. */
export function runtimeHost(assembled: Assembled): RuntimeHost {
  const { process, limits, options, resolvers } = assembled;
  const serversOf = (proxy: ProxySection) =>
    // That one which was added while running can't be tracked is said when it is tried.
    (assembled.servers.backends.find((each) => each.name === proxy.name)?.servers ?? []).map(
      ({ section, dynamic }) => (dynamic ? { ...section, check: true } : section),
    );
  return {
    process,
    version: options.version,
    releaseDate: options.releaseDate,
    threads: options.link.threads,
    limits,
    fileLimit: options.fileLimit,
    maxSockets: options.maxSockets,
    startupLogs: options.startupLogs,
    stopping: () => process.leaving,
    setFrontend(proxy, state) {
      const error = assembled.departure.setFrontend(proxy, state);
      if (error === undefined) options.link.broadcast("frontend", { name: proxy.name, state });
      return error;
    },
    caches: () => showCaches(assembled.caches, Math.floor(Date.now() / 1000)),
    resolvers: (section) => showResolvers(resolvers, section),
    resolverCounters: () => resolverCounters(resolvers),
    failedResolutions: () =>
      resolverCounters(resolvers).reduce(
        (sum, { counts }) => sum + counts.timeout + counts.refused + counts.nx,
        0,
      ),
    rings: () => assembled.log.rings,
    ...assembled.peers.host,
    certificates: certificateStore({
      used: (kind) => assembled.tls.used(kind),
      read: (name) => assembled.tls.read(name),
      withoutExtension: assembled.tls.extra.withoutExtension,
      forget: (name) => assembled.tls.forgetFile(name),
      fullName: (name) => assembled.tls.inBase(name),
      defaultOf: (list) => assembled.tls.defaultOf(list),
      replace: (files) => {
        assembled.tls.replace(files);
        options.link.broadcast("tls files", [...files]);
      },
    }),
    addServer(backend, name, words) {
      const read = dynamicServer(backend.section, name, words, process.config, serversOf, {
        ...diskWorld,
        readFile: (path) => inMemory(assembled.tls.read(path)) ?? diskWorld.readFile(path),
      });
      if ("error" in read) return { ok: false, text: `${read.error}\n` };
      const state = assembled.servers.backends.find((each) => each.proxy === backend);
      if (state === undefined) return { ok: false, text: "No such backend.\n" };
      try {
        if (read.value.ssl) assembled.tls.client(read.value);
      } catch (error) {
        return { ok: false, text: `${(error as Error).message}\n` };
      }
      const added = assembled.servers.addServer(state, read.value);
      return typeof added === "string"
        ? { ok: false, text: `${added}\n` }
        : { ok: true, text: "New server registered.\n" };
    },
    removeServer(backend, server) {
      const state = assembled.servers.backends
        .find((each) => each.proxy === backend)
        ?.servers.find((each) => each.name === server.name);
      const error = state === undefined ? "No such server." : assembled.servers.removeServer(state);
      if (error !== undefined) return { ok: false, text: `${error}\n` };
      assembled.streams.forget(server);
      assembled.tls.forget(server.section);
      return { ok: true, text: "Server deleted.\n" };
    },
    evaluate(kind, text, context) {
      const read = dynamicValue(kind, text);
      if ("error" in read) return read;
      const { value } = read;
      if ("nodes" in value) return { sample: { type: "str", value: process.compile.format(value)(context) } };
      const sample = process.compile.expression(value)(context);
      return sample === undefined || sample === later ? { error: "it gives no value" } : { sample };
    },
    otherThreads: {
      describeStreams: async (full) =>
        (await options.link.ask("streams", full)).flatMap((lines) => (lines as string[] | undefined) ?? []),
      shutdown: async (which) =>
        (await options.link.ask("shutdown", which)).reduce<number>(
          (sum, count) => sum + ((count as number | undefined) ?? 0),
          0,
        ),
    },
    listeningSockets: () =>
      [...(options.exposed?.() ?? [])].map(([index, fd]) => ({
        fd,
        namespace: "",
        interface: assembled.plans[index]?.bind.interface ?? "",
      })),
  };
}

/** Of every thread: answers what the first one's runtime socket asks about streams. */
export function answerAboutStreams({ process, options: { link } }: Assembled): void {
  link.answer("streams", (which) =>
    [...process.streams]
      .filter((stream) => typeof which === "boolean" || stream.id === which)
      .map((stream) => (which === false ? streamLine(process, stream) : streamText(process, stream))),
  );
  link.answer("shutdown", (question) => {
    const which = question as Parameters<OtherThreads["shutdown"]>[0];
    const found = [...process.streams].filter((stream) =>
      "stream" in which
        ? stream.id === which.stream
        : stream.server?.name === which.server && stream.server.proxy.name === which.backend,
    );
    for (const stream of found) stream.shutdown("killed");
    return found.length;
  });
}

/** A file that the process has read or made already. */
const inMemory = (text: string | undefined) =>
  text === undefined ? undefined : { bytes: Buffer.from(text, "latin1") };
