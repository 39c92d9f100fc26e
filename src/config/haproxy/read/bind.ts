import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import { suggest } from "../grammar/suggest.js";
import { bindKeywords } from "../keywords/bind.js";
import type { Bind } from "../model/bind.js";
import { parseAddress } from "../values/address.js";
import { leadingNumber, parseTime, wholeNumber } from "../values/numbers.js";
import type { Mutable, ProxyDraft } from "./proxy-draft.js";
import { forSide, notInDefaults } from "./readers.js";
import { bindTls, finishBindTls, newTls, type TlsDraft } from "./tls.js";

/** A bind line's words after its addresses. */
export interface BindDraft extends Omit<Mutable<Bind>, "address" | "text" | "place" | "ssl"> {
  ssl: boolean;
  tls: TlsDraft;
}

/** `bind ADDRESS,… [options]` */
export function bindLine(directive: Directive, proxy: ProxyDraft): void {
  notInDefaults(directive, proxy);
  forSide(directive, proxy, "frontend");
  if (directive.at(1) === "")
    directive.fail(
      `'${directive.at(0)}' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.`,
      { word: 1, code: "missing-argument" },
    );
  proxy.binds.push(...binds(directive, 1, { unixBind: true }));
}

/** Addresses with their options: as many as the first word has between commas. */
export function binds(
  directive: Directive,
  index: number,
  options: { readonly unixBind: boolean },
): readonly Bind[] {
  const { reading } = directive;
  const { unixBind } = reading.global;
  const column = directive.column(index);
  const addresses = within(
    (message) => `'${directive.text(0, index)}' : ${message}`,
    () =>
      directive
        .at(index)
        .split(",")
        .filter((text) => text !== "")
        .map((text) => ({
          text,
          address: parseAddress(
            text,
            {
              port: "needed",
              range: true,
              stream: true,
              descriptor: "socket",
              names: true,
              unixPrefix: options.unixBind ? unixBind.prefix : undefined,
            },
            reading.environment,
          ),
        })),
    { column },
  );
  const draft = newBind();
  if (options.unixBind) Object.assign(draft, { mode: unixBind.mode, uid: unixBind.uid, gid: unixBind.gid });
  bindOptions(directive, index + 1, draft);
  const { tls, ssl, ...rest } = draft;
  const settings = finishBindTls(directive, ssl, tls);
  return addresses.map(({ text, address }) => ({
    ...rest,
    ssl: settings,
    address,
    text,
    place: directive.place(index),
  }));
}

function newBind(): BindDraft {
  return {
    name: undefined,
    id: undefined,
    ssl: false,
    tls: newTls(),
    acceptProxy: false,
    acceptNetscalerCip: undefined,
    backlog: undefined,
    maxconn: undefined,
    deferAccept: false,
    tcpUserTimeoutMs: undefined,
    mss: undefined,
    interface: undefined,
    transparent: false,
    v4v6: false,
    v6only: false,
    tfo: false,
    mode: undefined,
    uid: undefined,
    gid: undefined,
    user: undefined,
    group: undefined,
    level: undefined,
    exposeFdListeners: false,
    severityOutput: undefined,
    proto: undefined,
    nice: undefined,
    process: undefined,
    thread: undefined,
    shards: undefined,
  };
}

function bindOptions(directive: Directive, from: number, draft: BindDraft): void {
  const section = "peers";
  const socket = directive.at(0) === "stats";
  let index = from;
  while (directive.at(index) !== "") {
    const word = directive.at(index);
    const value = directive.at(index + 1);
    const keyword = bindKeywords.get(word);
    const line = `'${directive.at(0)} ${directive.at(from - 1)}' in section '${directive.proxy?.kind ?? section}'`;
    const begin = socket ? `'${directive.text(0, 2)}' : ` : `${line} : `;
    if (!keyword) {
      const best = suggest(word, bindKeywords.keys());
      directive.fail(
        socket
          ? `${begin}unknown keyword '${word}'.${best ? ` Did you mean '${best}' maybe ?` : ""}`
          : `${line}: unknown keyword '${word}'${best ? `; did you mean '${best}' maybe ?` : "."}`,
        {
          word: index,
          code: "unknown-keyword",
          ...(best ? { meant: best, remedy: `Did you mean ${best}?` } : {}),
        },
      );
    }
    if (keyword.status.kind === "refused")
      directive.fail(`${begin}'${word}' ${keyword.status.says}`, { word: index, code: "not-supported" });
    if (keyword.status.kind === "without-effect") directive.withoutEffect(word, keyword.status.says, index);
    within(
      (message) => (socket ? `${begin}'${message}'` : `${begin}${message}`),
      () => bindOption(directive, index, word, value, draft, section),
      { column: directive.column(index) },
    );
    index += 1 + keyword.words;
  }
}

const missing = (message: string): never => {
  throw new Mistake(message, { code: "missing-argument" });
};

function bindOption(
  directive: Directive,
  index: number,
  word: string,
  value: string,
  draft: BindDraft,
  _section: string,
): void {
  const { reading } = directive;
  switch (word) {
    case "name":
      draft.name = value || missing(`'${word}' : missing name`);
      return;
    case "id":
      draft.id = leadingNumber(value || missing(`'${word}' : expects an integer argument`));
      if (draft.id <= 0) throw new Mistake(`'${word}' : custom id has to be > 0`);
      return;
    case "accept-proxy":
      draft.acceptProxy = true;
      return;
    case "accept-netscaler-cip":
      draft.acceptNetscalerCip = leadingNumber(value || missing(`'${word}' : missing value`));
      return;
    case "backlog":
    case "maxconn": {
      const number = leadingNumber(value || missing(`'${word}' : missing value`));
      if (number < 0) throw new Mistake(`'${word}' : invalid value ${number}, must be > 0`);
      draft[word] = number;
      return;
    }
    case "defer-accept":
      draft.deferAccept = true;
      return;
    case "tcp-ut":
      draft.tcpUserTimeoutMs = time(word, value || missing(`'${word}' : missing TCP User Timeout value`));
      return;
    case "mss": {
      const number = leadingNumber(value || missing(`'${word}' : missing MSS value`));
      if (number === 0 || Math.abs(number) > 65535)
        throw new Mistake(`'${word}' : expects an MSS with and absolute value between 1 and 65535`);
      draft.mss = number;
      return;
    }
    case "interface":
      draft.interface = value || missing(`'${word}' : missing interface name`);
      return;
    case "transparent":
      draft.transparent = true;
      return;
    case "v4v6":
      draft.v4v6 = true;
      return;
    case "v6only":
      draft.v6only = true;
      return;
    case "tfo":
      draft.tfo = true;
      return;
    case "mode":
      draft.mode =
        Number.parseInt(value || missing(`'${word}' : missing mode (octal integer expected)`), 8) || 0;
      return;
    case "uid":
    case "gid":
      draft[word] = leadingNumber(value || missing(`'${word}' : missing value`));
      return;
    case "user": {
      draft.user = value || missing(`'${word}' : missing user name`);
      draft.uid = reading.world.user(value);
      if (draft.uid === undefined)
        throw new Mistake(`'${word}' : unknown user name '${value}'`, { code: "unknown-user" });
      return;
    }
    case "group": {
      draft.group = value || missing(`'${word}' : missing group name`);
      draft.gid = reading.world.group(value);
      if (draft.gid === undefined)
        throw new Mistake(`'${word}' : unknown group name '${value}'`, { code: "unknown-group" });
      return;
    }
    case "level":
      if (value === "") missing(`'${word}' : missing level`);
      if (value !== "user" && value !== "operator" && value !== "admin")
        throw new Mistake(`'${word}' only supports 'user', 'operator', and 'admin' (got '${value}')`);
      draft.level = value;
      return;
    case "expose-fd":
      if (value !== "listeners") throw new Mistake(`'${word}' only supports 'listeners' (got '${value}')`);
      draft.exposeFdListeners = true;
      return;
    case "severity-output":
      if (value !== "none" && value !== "number" && value !== "string")
        throw new Mistake(`'${word}' should be one of 'none', 'number', or 'string'`);
      draft.severityOutput = value;
      return;
    case "proto":
      if (value === "") missing(`'${word}' : missing value`);
      if (!["h1", "h2", "none"].includes(value))
        throw new Mistake(
          `'${word}' :  unknown MUX protocol '${value}'. known bind protos (for frontend): h2, h1, none`,
          { code: "unknown-proto" },
        );
      draft.proto = value;
      return;
    case "nice":
      draft.nice = Math.max(
        -1024,
        Math.min(1024, leadingNumber(value || missing(`'${word}' : missing value`))),
      );
      return;
    case "process":
    case "thread":
      draft[word] = value || missing(`'${word}' : missing value`);
      return;
    case "shards": {
      const number = value === "by-thread" ? 0 : wholeNumber(value);
      if (number === undefined || number < 0)
        throw new Mistake(`'${word}' : invalid number of shards '${value}' (min 1)`);
      draft.shards = number;
      return;
    }
    case "ssl":
      draft.ssl = true;
      return;
    default:
      bindTls(directive, index, draft.tls);
  }
}

function time(word: string, text: string): number {
  const value = parseTime(text, "ms");
  if (typeof value === "number") return value;
  if (value.fault === "over")
    throw new Mistake(
      `timer overflow in argument '${text}' to '${word}' (maximum value is 2147483647 ms or ~24.8 days)`,
    );
  throw new Mistake(`'${word}' : expects a positive delay in milliseconds`);
}
