import { chownSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Finding } from "../../config/finding.js";
import { diskWorld } from "../../config/haproxy/disk-world.js";
import { errorLog as httpErrorLog } from "../../config/nginx/directives/http.js";
import { type Block, type NginxWorld, type ReadResult, readConfig } from "../../config/nginx/index.js";
import { Mistake } from "../../config/nginx/mistake.js";
import type { Listen } from "../../config/nginx/model/index.js";
import { nginxVersion } from "../../config/nginx/program.js";
import type { ErrorLog as ErrorLogTarget } from "../../config/nginx/readers/error-log.js";
import type { Log } from "../../errors.js";
import type { Surroundings } from "../../nginx/http/compile/build.js";
import { compileHttp, type Http, type HttpAddress } from "../../nginx/http/compile/http.js";
import { tlsServerOf } from "../../nginx/http/compile/tls.js";
import { coveringAddress } from "../../nginx/http/covered.js";
import type { HttpRunOptions } from "../../nginx/http/role.js";
import type { ErrorLog } from "../../nginx/log/error-log.js";
import { type MadeStream, makeStream } from "../../nginx/stream/index.js";
import { ownZones, type ZoneStore } from "../../nginx/zones/zone-store.js";
import { SharedMemory, type TlsServer } from "../../proxy/index.js";
import { logsToStandardError, openErrorLog } from "./error-logs.js";
import { reasonOf, StartFailure } from "./failure.js";
import { LogFiles } from "./log-files.js";
import { type MainSettings, mainSettings } from "./main-settings.js";
import { requestContext } from "./request-context.js";
import { streamSurroundings } from "./stream-surroundings.js";

/** What the command line says. Texts have one character a byte, as a configuration's. */
export interface NginxOptions {
  readonly config: string;
  readonly prefix: string;
  readonly globals: string;
  /** -e; undefined: standard error. */
  readonly errorLog: string | undefined;
}

export function read(options: NginxOptions, world: NginxWorld = diskWorld): ReadResult {
  const { prefix, globals } = options;
  return readConfig(options.config, { prefix, globals, world });
}

/** A configuration with all that it needs to run, but for sockets. */
export interface Prepared {
  readonly settings: MainSettings;
  readonly http: Http | undefined;
  readonly stream: MadeStream | undefined;
  readonly streamLog: Log;
  readonly listens: readonly Listen[];
  readonly files: LogFiles;
  readonly errorLog: ErrorLog;
  /** What main's error_log says, or -e. */
  readonly errorLogs: readonly ErrorLogTarget[];
  readonly logsToTerminal: boolean;
  readonly tlsOf: HttpRunOptions["tlsOf"];
  readonly log: HttpRunOptions["log"];
}

/**
 * Makes what serves of a configuration that was read without mistakes, and opens its logs.
 * @throws StartFailure with nginx's sentence
 */
export function prepare(
  result: ReadResult,
  options: NginxOptions,
  world: NginxWorld = diskWorld,
  zoneStore: ZoneStore = ownZones(),
): Prepared {
  const files = new LogFiles();
  try {
    return made(result, options, world, zoneStore, files);
  } catch (error) {
    files.close();
    if (error instanceof Mistake)
      throw new StartFailure(printed(error.message, error.about), "configuration");
    throw error;
  }
}

function made(
  result: ReadResult,
  options: NginxOptions,
  world: NginxWorld,
  zoneStore: ZoneStore,
  files: LogFiles,
): Prepared {
  const { main, prefix } = result;
  const settings = mainSettings(main, prefix, world, process.geteuid?.() === 0);
  const targets = settings.errorLogs.length > 0 ? settings.errorLogs : [usualErrorLog(options)];
  const errorLog = openErrorLog(targets, files);
  const log = requestLogs(errorLog, files);
  const { path } = result;
  const surroundings: Surroundings = {
    memory: new SharedMemory(),
    zoneStore,
    prefix,
    confPrefix: path.slice(0, path.lastIndexOf("/") + 1),
    logFile: (name, settings) => files.open(name, settings),
    errorLog: log.write,
    software: `nginx/${nginxVersion}`,
    version: nginxVersion,
    temporaryFolder: tmpdir(),
    makeFolder: (folder) => makeFolder(folder, settings.user),
  };
  let madeStream: MadeStream | undefined;
  const streamUpstreams = () =>
    [...(madeStream?.upstreams.byName.values() ?? [])].map(({ upstream }) => upstream);
  const [block] = main.all("http");
  if (block !== undefined) openWithin(block, log.open);
  const http =
    block && compileHttp(block, { ...surroundings, streamUpstreams, streamStatus: () => madeStream?.status });
  const [finding] = http?.findings ?? [];
  if (finding !== undefined) throw new StartFailure(printedFinding(finding), "configuration");
  const [streamBlock] = main.all("stream");
  const forStream = streamSurroundings(surroundings.confPrefix, files, errorLog, zoneStore);
  const stream = streamBlock && makeStream(streamBlock, forStream);
  madeStream = stream;
  const tls = new Map(
    http?.addresses
      .filter(({ listen }) => listen.ssl)
      .map((address) => [address.listen.text, tlsOf(address, surroundings)]),
  );
  return {
    settings,
    http,
    stream,
    streamLog: forStream.log,
    listens: [
      ...(http?.addresses ?? [])
        .filter((address, _, all) => coveringAddress(address, all) === undefined)
        .map(({ listen }) => listen),
      ...(stream?.servers.flatMap(({ listens }) => listens) ?? []),
    ],
    files,
    errorLog,
    errorLogs: targets,
    logsToTerminal: logsToStandardError(targets),
    tlsOf: ({ listen }) => tls.get(listen.text),
    log: log.write,
  };
}

/** One level, as nginx makes it (ngx_create_paths); what is there already is left to who made it. */
function makeFolder(path: string, owner: MainSettings["user"]): void {
  try {
    mkdirSync(path, 0o700);
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw new Mistake(`mkdir() "${path}" failed (${reasonOf(error)})`, { code: "folder", placeless: true });
  }
}

/** -e, or standard error. */
function usualErrorLog({ errorLog, prefix }: NginxOptions): ErrorLogTarget {
  if (errorLog === undefined || errorLog === "") return { target: { kind: "stderr" }, level: "error" };
  const path = errorLog.startsWith("/") ? errorLog : `${prefix.replace(/\/?$/, "/")}${errorLog}`;
  return { target: { kind: "file", path }, level: "error" };
}

/** What OpenSSL doesn't take is said as a mistake of the file's. */
function tlsOf(address: HttpAddress, surroundings: Surroundings): TlsServer {
  try {
    return tlsServerOf(address, surroundings);
  } catch (error) {
    if (error instanceof Mistake || !(error instanceof Error)) throw error;
    throw new StartFailure(`SSL of ${address.listen.text} failed (SSL: ${error.message})`, "configuration");
  }
}

/** A request's errors go where its location says, all others to the one log. */
function requestLogs(errorLog: ErrorLog, files: LogFiles) {
  const opened = new Map<readonly ErrorLogTarget[], ErrorLog>();
  const open = (targets: readonly ErrorLogTarget[]): void => {
    opened.set(targets, openErrorLog(targets, files));
  };
  const write: HttpRunOptions["log"] = (level, sentence, request) => {
    if (request === undefined) {
      errorLog.write(level, sentence);
      return;
    }
    const { errorLogs } = request.location;
    const log = (errorLogs && opened.get(errorLogs)) ?? errorLog;
    log.write(level, sentence, request.connection.number, requestContext(request));
  };
  return { open, write };
}

/** All of them are opened at the start: a worker may not be allowed to later. */
function openWithin(block: Block, open: (targets: readonly ErrorLogTarget[]) => void): void {
  const said = block.own(httpErrorLog);
  if (said !== undefined) open(said);
  for (const child of block.children) openWithin(child, open);
}

const printedFinding = ({ message, place }: Finding) => printed(message, { place });

/** With the place, as nginx says it, where there is one. */
function printed(message: string, { place, placeless }: Mistake["about"]): string {
  if (placeless || place === undefined || place.file === "") return message;
  return place.file === "command line"
    ? `${message} in command line`
    : `${message} in ${place.file}:${place.line}`;
}

/** Of a configuration that was only looked at: its upstreams resolve no names any more. */
export function closeUpstreams({ http, stream }: Prepared): void {
  for (const upstream of http?.upstreams() ?? []) upstream.close();
  stream?.upstreams.close();
}
