import type { Block } from "../../config/nginx/block.js";
import { streamStatusZone } from "../../config/nginx/directives/additions.js";
import { allow } from "../../config/nginx/directives/stream/access.js";
import * as core from "../../config/nginx/directives/stream/core.js";
import { accessLog, logFormat, openLogFileCache } from "../../config/nginx/directives/stream/log.js";
import { geo, mapBlock, splitClients } from "../../config/nginx/directives/stream/maps.js";
import { proxyPass } from "../../config/nginx/directives/stream/proxy.js";
import { setRealIpFrom } from "../../config/nginx/directives/stream/realip.js";
import { returnStatement, setStatement } from "../../config/nginx/directives/stream/rewrite.js";
import {
  sslHandshakeTimeout,
  sslPreread,
  sslVerifyClient,
  sslVerifyDepth,
} from "../../config/nginx/directives/stream/tls.js";
import { Mistake } from "../../config/nginx/mistake.js";
import type { AccessLog } from "../../config/nginx/model/index.js";
import type { ErrorLog } from "../../config/nginx/readers/error-log.js";
import type { Log } from "../../errors.js";
import type { SharedMemory } from "../../proxy/index.js";
import { IpAddress } from "../../wire/index.js";
import { changingLogs } from "../log/changing-logs.js";
import { compileLogFormat } from "../log/log-format.js";
import { accessCheck, believed } from "../networks.js";
import { compile } from "../script/compile.js";
import type { CheckLog, HealthChecks, Lookup } from "../upstream/index.js";
import { defineGeo } from "../variables/geo/geo.js";
import { defineMap } from "../variables/map.js";
import { Registry } from "../variables/registry.js";
import { defineSplitClients } from "../variables/split-clients.js";
import { type CountZones, type Limited, limitCounts } from "../zones/count-rows.js";
import { ownZones, type ZoneStore } from "../zones/zone-store.js";
import { healthChecksOf } from "./health/checks.js";
import { connectionLimit, makeZones, type Zones } from "./limits.js";
import { type Logging, logWriter } from "./log-writer.js";
import { proxySettings } from "./proxy-settings.js";
import type { Session } from "./session.js";
import type { Content, StreamServer } from "./settings.js";
import { beginInZone, endInZone, type SessionZones, sessionZones } from "./status-zone.js";
import { runServers, type StreamRun, type StreamSurroundings } from "./stream-run.js";
import { type ReadText, serverTls } from "./tls.js";
import { Upstreams } from "./upstreams.js";
import { defineVariables } from "./variables.js";

export interface StartSurroundings extends StreamSurroundings {
  readonly memory: SharedMemory;
  /** By default zones are this process's own. */
  readonly zoneStore?: ZoneStore;
  /** Reads what ssl_certificate and its like name. */
  readonly readText: ReadText;
  /** Opens what `access_log` says; its function takes lines without their end. */
  readonly openLog: (log: AccessLog) => (line: string) => void;
  /** Opens what `error_log` of stream says; each list of targets once. */
  readonly openErrorLog?: (targets: readonly ErrorLog[]) => Log;
  /** How names are resolved instead of by `resolver` or the system. */
  readonly lookup?: Lookup;
  /** Where health checks tell of changes; by default `log`. */
  readonly checkLog?: CheckLog;
}

/** A stream block, ready to be run. */
export interface MadeStream {
  readonly servers: readonly StreamServer[];
  readonly upstreams: Upstreams;
  /** What asks servers how they are; begun by who serves. */
  readonly checks: readonly HealthChecks[];
  /** What is counted, for the API. */
  readonly status: { readonly serverZones: SessionZones; readonly limitConnections: CountZones<Limited> };
}

/**
 * Starts the stream role of one thread.
 * @throws Mistake of what can't be run, with its place; or rejects with node:net's error where a socket can't be bound
 */
export async function startStream(block: Block, surroundings: StartSurroundings): Promise<StreamRun> {
  return await runStream(makeStream(block, surroundings), surroundings);
}

/** Makes what serves of a stream block, and binds nothing. @throws Mistake of what can't be run, with its place */
export function makeStream(block: Block, surroundings: Omit<StartSurroundings, "descriptors">): MadeStream {
  const { log, memory, zoneStore, lookup } = surroundings;
  const { checkLog = (level, sentence) => log[level === "notice" ? "info" : level](sentence) } = surroundings;
  const registry = new Registry<Session>();
  defineVariables(registry);
  defineTables(block, registry);
  const upstreams = new Upstreams(block, registry, {
    memory,
    zoneStore,
    lookup,
    onUnresolved: (_name, why) => log.error(why),
  });
  try {
    const store = zoneStore ?? ownZones();
    const limitConnections = limitCounts("stream limit_conn", store);
    const zones = makeZones(block, registry, store, limitConnections);
    const serverZones = sessionZones(store);
    // Opened also where all servers have others, as nginx does.
    errorLogOf(block, surroundings);
    for (const said of block.value(accessLog) ?? []) sessionLog(block, said, registry, surroundings);
    const servers = block
      .all("stream-server")
      .map((server) =>
        counted(server, serverZones, streamServer(server, registry, upstreams, zones, surroundings)),
      );
    const [unknown] = registry.seal();
    if (unknown !== undefined) throw new Mistake(unknown.message, unknown);
    const checks = block
      .all("stream-server")
      .flatMap((each, at) => healthChecksOf(block, each, servers[at]!, checkLog) ?? []);
    return { servers, upstreams, checks, status: { serverZones, limitConnections } };
  } catch (error) {
    upstreams.close();
    throw error;
  }
}

/** Runs what was made. Rejects, with nothing left open, with node:net's error where a socket can't be bound. */
export async function runStream(
  { servers, upstreams, checks }: MadeStream,
  surroundings: StreamSurroundings,
): Promise<StreamRun> {
  try {
    await Promise.all([...upstreams.byName.values()].map(({ upstream }) => upstream.ready));
    const run = await runServers(servers, surroundings);
    for (const check of checks) check.start();
    return closing(run, upstreams, checks);
  } catch (error) {
    upstreams.close();
    throw error;
  }
}

function closing(run: StreamRun, upstreams: Upstreams, checks: readonly HealthChecks[]): StreamRun {
  const stopChecks = () => {
    for (const check of checks) check.stop();
  };
  return {
    quit: async () => {
      stopChecks();
      await run.quit();
      upstreams.close();
    },
    stop: () => {
      stopChecks();
      run.stop();
      upstreams.close();
    },
    get connections() {
      return run.connections;
    },
  };
}

function defineTables(block: Block, registry: Registry<Session>): void {
  for (const model of block.value(mapBlock)) defineMap(model, registry);
  for (const model of block.value(splitClients)) defineSplitClients(model, registry);
  for (const model of block.value(geo))
    defineGeo(model, registry, { client: ({ client }) => IpAddress.parse(client.host) });
}

function streamServer(
  block: Block,
  registry: Registry<Session>,
  upstreams: Upstreams,
  zones: Zones,
  surroundings: Pick<StartSurroundings, "readText"> & Logging,
): StreamServer {
  const { readText, log } = surroundings;
  const listens = block.value(core.listen);
  const proxies = believed(block.value(setRealIpFrom) ?? [], (sentence) => log.warn(sentence));
  return {
    listens,
    believes: (host) => proxies.has(host),
    assignments: assignments(block, registry),
    limit: connectionLimit(block, zones),
    mayEnter: accessCheck(block.value(allow) ?? []),
    proxyProtocolTimeoutMs: block.value(core.proxyProtocolTimeout),
    tls: listens.some(({ ssl }) => ssl) ? serverTls(block, registry, readText) : undefined,
    handshakeTimeoutMs: block.value(sslHandshakeTimeout),
    verifyClient: block.value(sslVerifyClient),
    verifyDepth: block.value(sslVerifyDepth),
    preread: block.value(sslPreread)
      ? { timeoutMs: block.value(core.prereadTimeout), bufferBytes: block.value(core.prereadBufferSize) }
      : undefined,
    content: contentOf(block, registry, upstreams, readText),
    errorLog: errorLogOf(block, surroundings),
    logs: (block.value(accessLog) ?? []).map((said) => sessionLog(block, said, registry, surroundings)),
  };
}

/** `status_zone`: sessions of the server are counted. */
function counted(block: Block, zones: SessionZones, server: StreamServer): StreamServer {
  const name = block.own(streamStatusZone);
  if (name === undefined) return server;
  const zone = zones.take(name);
  return {
    ...server,
    assignments: [(session) => beginInZone(zone, session), ...server.assignments],
    logs: [...server.logs, (session) => endInZone(zone, session)],
  };
}

function errorLogOf(block: Block, { openErrorLog }: Logging): Log | undefined {
  const said = block.value(core.errorLog);
  return said.length > 0 ? openErrorLog?.(said) : undefined;
}

function assignments(block: Block, registry: Registry<Session>): ((session: Session) => void)[] {
  return (block.own(setStatement) ?? []).map(({ name, value }) => {
    const text = compile(value, registry);
    const assign = registry.defineBySet(name, value.place);
    return (session) => assign(session, text.value(session));
  });
}

function contentOf(
  block: Block,
  registry: Registry<Session>,
  upstreams: Upstreams,
  readText: ReadText,
): Content | undefined {
  const target = block.own(proxyPass);
  if (target !== undefined)
    return { kind: "proxy", proxy: proxySettings(block, target, registry, upstreams, readText) };
  const text = block.own(returnStatement);
  return text === undefined ? undefined : { kind: "return", text: compile(text, registry) };
}

function sessionLog(
  block: Block,
  said: AccessLog,
  registry: Registry<Session>,
  surroundings: Logging,
): (session: Session) => void {
  const format = block.value(logFormat).find(({ name }) => name === said.format);
  if (format === undefined) throw new Mistake(`unknown log format "${said.format}"`, { place: said.place });
  const line = compileLogFormat(format, registry);
  const condition = said.condition === undefined ? undefined : compile(said.condition, registry);
  const write = logWriter(said, registry, surroundings, changingLogs(block.value(openLogFileCache)));
  return (session) => {
    const wanted = condition?.value(session);
    if (wanted !== "" && wanted !== "0") write(session, line(session));
  };
}
