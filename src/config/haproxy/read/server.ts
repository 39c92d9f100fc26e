import type { Directive } from "../grammar/directive.js";
import { within } from "../grammar/mistake.js";
import { suggest } from "../grammar/suggest.js";
import { notForDefaultServer, serverKeywords } from "../keywords/server.js";
import type { SocketAddress } from "../model/address.js";
import type { Server } from "../model/server.js";
import { checkpoint, expressionIn, requireAt } from "../samples/expression.js";
import { parseAddress } from "../values/address.js";
import { leadingNumber } from "../values/numbers.js";
import type { ProxyDraft } from "./proxy-draft.js";
import { wrongCharacter } from "./readers.js";
import type { DefaultServer } from "./server-draft.js";
import { serverOption } from "./server-options/index.js";
import { applyVersionWords, copyTls, finishTls } from "./tls.js";

/** Addresses of servers: a name is resolved while running. */
const serverAddress = { port: "optional", offset: true, stream: true, names: true } as const;

function refuseHere(directive: Directive, proxy: ProxyDraft): void {
  if (directive.at(0) !== "default-server" && proxy.kind === "defaults")
    directive.fail(`'${directive.at(0)}' not allowed in 'defaults' section.`, { code: "not-in-defaults" });
  if (!proxy.backend)
    directive.fail(
      `parsing [${directive.file}:${directive.line}] : '${directive.at(0)}' not allowed because ${proxy.kind} '${proxy.name}' has no backend capability.`,
      { code: "no-such-side" },
    );
}

/** HAProxy's messages of server lines begin in a way of their own. */
const asServer = <T>(server: string, work: () => T): T => within((message) => message, work, { server });

/** `default-server …` */
export const defaultServerLine = (directive: Directive, proxy: ProxyDraft): void =>
  asServer("", () => takeDefaultServer(directive, proxy));

/** `server NAME ADDRESS …` */
export const serverLine = (directive: Directive, proxy: ProxyDraft): void =>
  asServer("", () => {
    refuseHere(directive, proxy);
    proxy.servers.push(readServer(directive, proxy));
  });

/** `server-template PREFIX COUNT|FROM-TO ADDRESS …` */
export const serverTemplateLine = (directive: Directive, proxy: ProxyDraft): void =>
  asServer("", () => takeTemplate(directive, proxy));

function takeDefaultServer(directive: Directive, proxy: ProxyDraft): void {
  refuseHere(directive, proxy);
  const draft = copyOf(proxy.defaultServer);
  serverOptions(directive, 1, draft, proxy, "default-server");
  proxy.defaultServer = draft;
}

const copyOf = (from: DefaultServer): DefaultServer => ({
  ...from,
  tls: copyTls(from.tls),
  defaultSsl: from.useTls,
});

/** A server line's server, its default-server put in. */
export function readServer(directive: Directive, proxy: ProxyDraft): Server {
  if (directive.at(2) === "")
    directive.fail(`'${directive.at(0)}' expects <name> and <addr>[:<port>] as arguments.`, {
      word: directive.length,
      code: "missing-argument",
    });
  const name = directive.at(1);
  const wrong = wrongCharacter(name);
  if (wrong)
    directive.fail(`character '${wrong}' is not permitted in ${directive.at(0)} name '${name}'.`, {
      word: 1,
      code: "invalid-name",
    });
  return asServer(`'server ${proxy.name}/${name}' : `, () => {
    const address = addressOf(directive, 2);
    const draft = copyOf(proxy.defaultServer);
    const id = serverOptions(directive, 3, draft, proxy, name);
    return finish(directive, draft, proxy, { name, address, text: directive.at(2), id, template: undefined });
  });
}

function takeTemplate(directive: Directive, proxy: ProxyDraft): void {
  refuseHere(directive, proxy);
  if (directive.at(3) === "")
    directive.fail(`'${directive.at(0)}' expects <prefix> <nb | range> <addr>[:<port>] as arguments.`, {
      word: directive.length,
      code: "missing-argument",
    });
  const prefix = directive.at(1);
  const wrong = wrongCharacter(prefix);
  if (wrong)
    directive.fail(`character '${wrong}' is not permitted in server-template prefix '${prefix}'.`, {
      word: 1,
      code: "invalid-name",
    });
  const range = directive.at(2);
  const [low, high] = range.includes("-")
    ? [leadingNumber(range), leadingNumber(range.slice(range.indexOf("-") + 1))]
    : [1, leadingNumber(range)];
  if (low < 0 || high < low || high - low > 100_000)
    directive.fail(`Wrong ${directive.at(0)} number or range arg '${range}'.`, {
      word: 2,
      code: "invalid-value",
    });
  const address = addressOf(directive, 3);
  const draft = copyOf(proxy.defaultServer);
  serverOptions(directive, 4, draft, proxy, prefix);
  for (let index = low; index <= high; index++)
    proxy.servers.push(
      finish(directive, draft, proxy, {
        name: `${prefix}${index}`,
        address,
        text: directive.at(3),
        id: undefined,
        template: { prefix, index, count: high - low + 1 },
      }),
    );
}

/** `dispatch ADDRESS:PORT` */
export function dispatchServer(directive: Directive, proxy: ProxyDraft): Server {
  const address = within(
    (message) => `'${directive.at(0)}' : ${message}`,
    () =>
      parseAddress(
        directive.at(1),
        { port: "needed", stream: true, names: true },
        directive.reading.environment,
      ),
    { column: directive.column(1) },
  );
  const draft = copyOf(proxy.defaultServer);
  return finish(directive, draft, proxy, {
    name: "",
    address,
    text: directive.at(1),
    id: undefined,
    template: undefined,
  });
}

function addressOf(directive: Directive, index: number): SocketAddress {
  const address = within(
    (message) => message,
    () => parseAddress(directive.at(index), serverAddress, directive.reading.environment),
    { column: directive.column(index) },
  );
  if (address.kind !== "inet") return address;
  // Port 0 is no port: that of the client is taken.
  if (address.ports?.from !== 0) return address;
  const { ports: _, ...rest } = address;
  return rest;
}

function serverOptions(
  directive: Directive,
  from: number,
  draft: DefaultServer,
  proxy: ProxyDraft,
  name: string,
): number | undefined {
  let id: number | undefined;
  let index = from;
  while (directive.at(index) !== "") {
    const word = directive.at(index);
    const keyword = serverKeywords.get(word);
    if (!keyword) {
      const best = suggest(word, serverKeywords.keys());
      directive.fail(`unknown keyword '${word}'${best ? `; did you mean '${best}' maybe ?` : "."}`, {
        word: index,
        code: "unknown-keyword",
        ...(best ? { meant: best, remedy: `Did you mean ${best}?` } : {}),
      });
    }
    if (directive.at(0) === "default-server" && notForDefaultServer.includes(word)) {
      directive.alert(`'${word}' option is not accepted in default-server sections`, {
        word: index,
        code: "not-in-defaults",
        fatal: false,
        server: "",
      });
      index += 1 + keyword.words;
      continue;
    }
    if (keyword.status.kind === "refused")
      directive.fail(`'${word}' ${keyword.status.says}`, { word: index, code: "not-supported" });
    if (keyword.status.kind === "without-effect") directive.withoutEffect(word, keyword.status.says, index);
    const at = index;
    const taken = within(
      (message) => `${message}.`,
      () => serverOption({ directive, index: at, draft, proxy, name }),
      { column: directive.column(index) },
    );
    if (taken.id !== undefined) id = taken.id;
    index += taken.words;
  }
  return id;
}

interface Named {
  readonly name: string;
  readonly address: SocketAddress;
  readonly text: string;
  readonly id: number | undefined;
  readonly template: Server["template"];
}

function finish(directive: Directive, draft: DefaultServer, proxy: ProxyDraft, named: Named): Server {
  if (draft.check && draft.track)
    directive.fail("unable to enable checks and tracking at the same time!", { code: "check-and-track" });
  if (draft.agentCheck && !draft.agentPort)
    directive.fail(`server ${named.name} does not have agent port. Agent check has been disabled.`, {
      code: "no-agent-port",
    });
  const { useTls, tls, writtenSni, nonStick, logProto, websocket, ...settings } = draft;
  const { global } = directive.reading;
  const server: Server = {
    ...settings,
    name: named.name,
    id: named.id ?? 0,
    forcedId: named.id !== undefined,
    address: named.address,
    text: named.text,
    template: named.template,
    nonStick,
    logProto,
    websocket,
    place: directive.place(1),
    ssl: undefined,
  };
  const withSni = writtenSni ? { ...server, sni: sniOf(directive, writtenSni, proxy) } : server;
  const own = copyTls(tls);
  own.ciphers ??= global.tlsServerCiphers;
  own.cipherSuites ??= global.tlsServerCipherSuites;
  own.verify ??= global.tlsServerVerify;
  if (global.tlsServerOptions.includes("no-tls-tickets")) own.tickets = false;
  applyVersionWords(global.tlsServerOptions, own);
  return useTls ? { ...withSni, ssl: finishTls(own) } : { ...withSni, checkTls: finishTls(own) };
}

function sniOf(
  directive: Directive,
  written: NonNullable<DefaultServer["writtenSni"]>,
  proxy: ProxyDraft,
): Server["sni"] {
  return within(
    (message) => `error detected while parsing sni expression : ${message}`,
    () => {
      const parsed = expressionIn(
        { directive: directive.with(directive.words, proxy), context: "in server directive in" },
        written.text,
        0,
        written.place.column,
      );
      requireAt(parsed, checkpoint.serverConnect, written.text, written.place.column);
      return parsed.expression;
    },
  );
}
