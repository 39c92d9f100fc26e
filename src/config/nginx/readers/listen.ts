import type { Block } from "../block.js";
import { invalid, Mistake } from "../mistake.js";
import type { Listen } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber, parseSize } from "../values/numbers.js";
import { parseSeconds } from "../values/time.js";
import { parseUrl, type Url } from "../values/url.js";

type Draft = { -readonly [K in keyof Listen]: Listen[K] };

/** Options that nginx compares with those of other servers at the same address: they may be said once (`lsopt.set`). */
const settingOptions =
  /^(bind|setfib=.*|fastopen=.*|backlog=.*|rcvbuf=.*|sndbuf=.*|deferred|ipv6only=.*|reuseport|so_keepalive=.*)$/;

/** `listen ADDRESS …` of http: an entry for each port of a range. */
export function readHttpListen(
  statement: Statement,
  block: Block,
  before: readonly Listen[] | undefined,
): readonly Listen[] {
  const url = address(statement, 80);
  const draft = draftOf(statement);
  let set = false;
  for (const word of statement.words.slice(1)) {
    if (word.text === "default_server" || word.text === "default") draft.defaultServer = true;
    else if (word.text === "http2") draft.http2 = true;
    else if (!commonOption(word, draft)) throw invalid("parameter", word);
    set ||= settingOptions.test(word.text);
  }
  const made = atPorts(url, draft);
  const others =
    block.parent?.all("http-server").flatMap((server) => (server === block ? [] : listens(server))) ?? [];
  for (const one of made) checkHttp(one, set, before ?? [], others);
  for (const one of made) if (set) optionsSet.add(one);
  const all = [...(before ?? []), ...made];
  spoken.set(block, all);
  return all;
}

const spoken = new WeakMap<Block, readonly Listen[]>();
const optionsSet = new WeakSet<Listen>();
const listens = (server: Block) => spoken.get(server) ?? [];

function checkHttp(one: Listen, set: boolean, own: readonly Listen[], others: readonly Listen[]): void {
  const word = { text: one.text, quoted: false, place: one.place };
  if (own.some(({ text }) => text === one.text))
    throw new Mistake(`a duplicate listen ${one.text}`, { code: "duplicate-listen", word });
  const same = others.filter(({ text }) => text === one.text);
  if (set && same.some((other) => optionsSet.has(other)))
    throw new Mistake(`duplicate listen options for ${one.text}`, { code: "duplicate-listen", word });
  if (one.defaultServer && same.some((other) => other.defaultServer))
    throw new Mistake(`a duplicate default server for ${one.text}`, {
      code: "duplicate-default-server",
      word,
    });
}

/** `listen ADDRESS:PORT …` of stream. */
export function readStreamListen(
  statement: Statement,
  block: Block,
  before: readonly Listen[] | undefined,
): readonly Listen[] {
  const url = address(statement, undefined);
  const draft = draftOf(statement);
  for (const word of statement.words.slice(1)) {
    if (word.text === "udp") draft.udp = true;
    else if (!commonOption(word, draft))
      throw new Mistake(`the invalid "${word.text}" parameter`, { code: "invalid-value", word });
  }
  checkUdp(statement, draft);
  const made = atPorts(url, draft);
  const others = block.parent?.all("stream-server").flatMap((server) => listens(server)) ?? [];
  for (const one of made)
    if (others.some(({ text, udp }) => text === one.text && udp === one.udp))
      throw new Mistake(`duplicate "${one.text}" address and port pair`, {
        code: "duplicate-listen",
        word: statement.words[0]!,
      });
  const all = [...(before ?? []), ...made];
  spoken.set(block, all);
  return all;
}

function checkUdp(statement: Statement, draft: Draft): void {
  if (!draft.udp) return;
  const wrong = [
    draft.backlog !== undefined && "backlog",
    draft.ssl && "ssl",
    draft.keepAlive && "so_keepalive",
    draft.proxyProtocol && "proxy_protocol",
    draft.fastOpen !== undefined && "fastopen",
  ].find((each) => typeof each === "string");
  if (wrong !== undefined)
    throw new Mistake(`"listen" directive "${wrong}" parameter is incompatible with "udp"`, {
      code: "invalid-listen",
      word: statement.name,
    });
}

function address(statement: Statement, defaultPort: number | undefined): Url {
  const word = statement.words[0]!;
  const url = parseUrl(word.text, { listen: true, ...(defaultPort === undefined ? {} : { defaultPort }) });
  if (typeof url === "string")
    throw new Mistake(`${url} in "${word.text}" of the "listen" directive`, { code: "invalid-listen", word });
  return url;
}

function draftOf(statement: Statement): Draft {
  return {
    host: "",
    port: 0,
    path: undefined,
    text: "",
    defaultServer: false,
    ssl: false,
    http2: false,
    proxyProtocol: false,
    udp: false,
    reusePort: false,
    backlog: undefined,
    receiveBuffer: undefined,
    sendBuffer: undefined,
    fastOpen: undefined,
    deferred: false,
    ipv6Only: true,
    keepAlive: undefined,
    bind: false,
    place: statement.words[0]!.place,
  };
}

function atPorts(url: Url, draft: Draft): Listen[] {
  if (url.path !== undefined) return [{ ...draft, path: url.path, text: `unix:${url.path}` }];
  const host = url.host.includes(":") ? `[${url.host}]` : url.host;
  const ports = Array.from({ length: url.lastPort - url.port + 1 }, (_, index) => url.port + index);
  return ports.map((port) => ({ ...draft, host: url.host, port, text: `${host}:${port}` }));
}

/** Options that http and stream share; false: it is none of them. */
function commonOption(word: Word, draft: Draft): boolean {
  const [, name = word.text, value = ""] = /^([a-z0-9_]+)=(.*)$/s.exec(word.text) ?? [];
  const valued = word.text !== name;
  if (!valued) return plainOption(name, draft);
  if (name === "backlog") draft.backlog = needed(parseNumber(value) || undefined, name, word);
  else if (name === "rcvbuf") draft.receiveBuffer = needed(parseSize(value), name, word);
  else if (name === "sndbuf") draft.sendBuffer = needed(parseSize(value), name, word);
  else if (name === "fastopen") draft.fastOpen = needed(parseNumber(value), name, word);
  else if (name === "ipv6only" && value.startsWith("o")) {
    if (value !== "on" && value !== "off")
      throw new Mistake(`invalid ipv6only flags "${value}"`, { code: "invalid-value", word });
    draft.ipv6Only = value === "on";
  } else if (name === "so_keepalive") draft.keepAlive = keepAlive(value, word);
  else return false;
  draft.bind = true;
  return true;
}

function plainOption(name: string, draft: Draft): boolean {
  if (name === "ssl") draft.ssl = true;
  else if (name === "proxy_protocol") draft.proxyProtocol = true;
  else if (name === "bind") draft.bind = true;
  else if (name === "deferred") draft.deferred = draft.bind = true;
  else if (name === "reuseport") draft.reusePort = draft.bind = true;
  else return false;
  return true;
}

function needed<T>(value: T | undefined, name: string, word: Word): T {
  if (value === undefined) throw invalid(name, word);
  return value;
}

/** on, off, or IDLE:INTERVAL:COUNT, each of which may be missing. */
function keepAlive(value: string, word: Word): NonNullable<Listen["keepAlive"]> {
  if (value === "on" || value === "off") return { on: value === "on" };
  const wrong = () => new Mistake(`invalid so_keepalive value: "${value}"`, { code: "invalid-value", word });
  const [idleText = "", intervalText = "", ...countTexts] = value.split(":");
  const read = (text: string, parse: (text: string) => number | undefined) => {
    if (text === "") return undefined;
    const number = parse(text);
    if (number === undefined) throw wrong();
    return number;
  };
  const idle = read(idleText, parseSeconds);
  const interval = read(intervalText, parseSeconds);
  const count = read(countTexts.join(":"), parseNumber);
  if (!idle && !interval && !count) throw wrong();
  return {
    on: true,
    ...(idle === undefined ? {} : { idle }),
    ...(interval === undefined ? {} : { interval }),
    ...(count === undefined ? {} : { count }),
  };
}

/** What a server of http listens at that doesn't say: port 80, for root. */
export function defaultListen(reading: Reading, statement: Statement): Listen {
  const port = reading.root ? 80 : 8000;
  return {
    ...draftOf({ ...statement, words: [statement.name] }),
    host: "0.0.0.0",
    port,
    text: `0.0.0.0:${port}`,
  };
}
