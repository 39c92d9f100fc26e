import {
  diskWorld,
  type Expression,
  type HaproxyConfig,
  type LogFormat,
  type ProxySection,
  readHaproxyConfig,
  type Server,
  type World,
} from "../../config/haproxy/index.js";

/** Something of a configuration that was given while it runs, or why it can't be. */
export type Dynamic<T> = { readonly value: T } | { readonly error: string };

/** `add server`: the words behind its name, read as a server line of its back end. Defaults of `default-server` don't count. */
export function dynamicServer(
  proxy: ProxySection,
  name: string,
  words: readonly string[],
  { global, proxies: others }: HaproxyConfig,
  serversOf: (proxy: ProxySection) => readonly Server[],
  world: World,
): Dynamic<Server> {
  const base = (word: string, path: string | undefined) =>
    path === undefined ? [] : [` ${word} ${quoted(path)}`];
  const head = ["global", ...base("ca-base", global.caBase), ...base("crt-base", global.crtBase)];
  const stubs = others
    .filter((each) => each.backend && each !== proxy)
    .map((each) => [`backend ${quoted(each.name)}`, ...serversOf(each).map(stub)].join("\n"));
  const before = lines([head.join("\n"), ...stubs]);
  const own = serversOf(proxy)
    .filter((each) => each.name !== name)
    .map(stub);
  const section = [`backend ${quoted(proxy.name)}`, ` mode ${proxy.mode}`, ...own];
  const line = ` server ${[name, ...words].map(quoted).join(" ")}`;
  const text = [...head, ...stubs, ...section, line, ""].join("\n");
  const read = readText(text, before + section.length + 1, world);
  if ("error" in read) return read;
  const server = read.value.proxies.find((each) => each.name === proxy.name)?.servers.at(-1);
  // The lowest free id is found where the server is put in.
  return server === undefined
    ? { error: "no server" }
    : { value: server.forcedId ? server : { ...server, id: 0 } };
}

/** `set var` of the runtime socket. */
export function dynamicValue(kind: "expr" | "fmt", text: string): Dynamic<Expression | LogFormat> {
  const line = ` set-var${kind === "fmt" ? "-fmt" : ""} proc.value ${kind === "fmt" ? quoted(text) : text}`;
  const read = readText(`global\n${line}\n`, 2, diskWorld);
  if ("error" in read) return read;
  const [variable] = read.value.global.variables;
  return variable === undefined ? { error: "no value" } : { value: variable.value };
}

function readText(
  text: string,
  line: number,
  world: World,
): Dynamic<NonNullable<ReturnType<typeof readHaproxyConfig>["config"]>> {
  const { config, diagnostics } = readHaproxyConfig([{ name: "<runtime>", text }], world);
  if (config !== undefined) return { value: config };
  const error = diagnostics.find((each) => each.severity === "error" && each.place.line === line);
  const { message } = error ??
    diagnostics.find(({ severity }) => severity === "error") ?? { message: "wrong" };
  return { error: message };
}

const lines = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + text.split("\n").length, 0);
/** A server as others may refer to it (track). */
const stub = ({ name, check, agentCheck, track }: Server): string =>
  ` server ${quoted(name)} 127.0.0.1:1${check || agentCheck || track !== undefined ? " check" : ""}`;
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
