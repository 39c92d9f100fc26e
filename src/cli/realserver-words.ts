import { type Prefix, parsePrefix } from "../ipvs/prefix.js";
import { didYouMean } from "../nearest.js";
import { allTypes, fileMakers, type Method, type Wanted } from "../realserver/index.js";
import { IpAddress } from "../wire/index.js";
import { usageError } from "./command-io.js";
import { wholeNumber } from "./words.js";

/** What a command line of `rondo realserver dr|tun|nat` asks for. */
export interface Asked {
  readonly method: Method;
  readonly vip: IpAddress | undefined;
  readonly gateway: IpAddress | undefined;
  readonly undo: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly unit: boolean;
  readonly install: boolean;
  readonly into: string | undefined;
  readonly print: string | undefined;
  /** undefined: --undo stands there, and not enough to make it. */
  readonly wanted: Wanted | undefined;
}

const common = ["--interface", "--undo", "--dry-run", "--json", "--print", "--unit", "--install", "--into"];
const optionsOf: Readonly<Record<Method, readonly string[]>> = {
  dr: common,
  tun: [...common, "--type", "--kernel", "--clamp-mss"],
  nat: [...common, "--gateway", "--client"],
};
const withValue = ["--interface", "--print", "--into", "--type", "--gateway", "--client"];
const several = ["--interface", "--client"];

const help = "Try `rondo realserver --help`.";
const wrong = (message: string) => usageError(message, help);

/** Reads the words behind the method. */
export function parse(method: Method, words: readonly string[]): Asked {
  const { vip, values } = collect(method, words);
  const one = (name: string) => values.get(name)?.[0];
  const has = (name: string) => values.has(name);
  const gateway = one("--gateway") === undefined ? undefined : addressOf(one("--gateway")!);
  checkTogether(has);
  const print = one("--print");
  if (print !== undefined && !Object.hasOwn(fileMakers, print)) {
    const kinds = Object.keys(fileMakers);
    throw wrong(`--print takes ${kinds.join(", ")}, not ${print}${didYouMean(print, kinds)}`);
  }
  if (method !== "nat" && !vip && !has("--undo")) throw wrong("the VIP is missing");
  if (method === "nat" && !gateway && !has("--undo"))
    throw wrong("--gateway is missing: the director's address on this server's network (its DIP)");
  if (vip && gateway && vip.family !== gateway.family)
    throw wrong(`the VIP ${vip} and the gateway ${gateway} are of two families`);
  const into = one("--into");
  return {
    method,
    vip,
    gateway,
    undo: has("--undo"),
    dryRun: has("--dry-run"),
    json: has("--json"),
    unit: has("--unit"),
    install: has("--install"),
    into,
    print,
    wanted: wantedOf(method, vip, gateway, values),
  };
}

type Given = ReadonlyMap<string, readonly string[]>;

function collect(method: Method, words: readonly string[]): { vip: IpAddress | undefined; values: Given } {
  const values = new Map<string, string[]>();
  let vip: IpAddress | undefined;
  for (let i = 0; i < words.length; i++) {
    const [word, inline] = splitAtEquals(words[i]!);
    if (!word.startsWith("-")) {
      if (vip) throw wrong(`${word}: one VIP at a time`);
      vip = addressOf(word);
      continue;
    }
    if (!optionsOf[method].includes(word)) throw wrong(unknownOption(method, word));
    if (values.has(word) && !several.includes(word)) throw wrong(`${word} is given twice`);
    const takes = withValue.includes(word);
    if (!takes && inline !== undefined) throw wrong(`${word} takes no value`);
    const value = takes ? (inline ?? words[++i]) : "";
    if (value === undefined) throw wrong(`${word} needs a value`);
    values.set(word, [...(values.get(word) ?? []), value]);
  }
  return { vip, values };
}

function splitAtEquals(word: string): [string, string | undefined] {
  const at = word.startsWith("--") ? word.indexOf("=") : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function unknownOption(method: Method, word: string): string {
  const owners = Object.entries(optionsOf).filter(([, options]) => options.includes(word));
  if (owners.length > 0)
    return `${word} belongs to rondo realserver ${owners.map(([name]) => name).join(", ")}`;
  return `there is no option ${word}${didYouMean(word, optionsOf[method])}`;
}

/** Refuses options that mean nothing beside each other. */
function checkTogether(has: (name: string) => boolean): void {
  const outputs = ["--undo", "--print", "--unit"].filter(has);
  if (outputs.length > 1) throw wrong(`${outputs.join(" and ")} are two things: one at a time`);
  for (const name of ["--print", "--unit"])
    for (const other of ["--dry-run", "--json"])
      if (has(name) && has(other)) throw wrong(`${name} changes nothing, and takes no ${other}`);
  if (has("--install") && !has("--unit")) throw wrong("--install belongs to --unit");
  if (has("--into") && !has("--install")) throw wrong("--into belongs to --install");
  for (const other of ["--type", "--clamp-mss"])
    if (has("--kernel") && has(other))
      throw wrong(`${other} is not for --kernel: the kernel's tunl0 takes IPIP, and changes no answers`);
}

function wantedOf(
  method: Method,
  vip: IpAddress | undefined,
  gateway: IpAddress | undefined,
  values: Given,
): Wanted | undefined {
  const interfaces = [...new Set(values.get("--interface") ?? [])];
  if (method === "nat") {
    if (interfaces.length > 1) throw wrong("the gateway is at one --interface");
    const clients = (values.get("--client") ?? []).map((text): Prefix => parsePrefix(text, "--client"));
    return gateway && { method, vip, gateway, interfaces, clients };
  }
  const kernel = values.has("--kernel");
  const type = kernel ? "ipip" : (values.get("--type")?.[0] ?? "auto");
  const types = typesOf(type);
  if (!vip) return undefined;
  if (method === "dr") return { method, vip, interfaces };
  return { method, vip, interfaces, types, kernel, clampMss: values.has("--clamp-mss") };
}

function typesOf(text: string) {
  if (text === "auto") return allTypes;
  if (text === "ipip") return { ipip: true, gre: false };
  if (text === "gre") return { ipip: false, gre: true };
  const port = text.startsWith("gue:") && wholeNumber(text.slice(4), 1, 65535);
  if (port) return { ipip: false, gre: false, gue: port };
  throw wrong(`--type takes auto, ipip, gue:PORT or gre, not ${text}`);
}

function addressOf(text: string): IpAddress {
  const address = IpAddress.parse(text);
  if (address) return address;
  const bare = /^(.*?)(?:\/\d+|:\d+)$/.exec(text)?.[1];
  const meant = bare && IpAddress.parse(bare.replace(/^\[|\]$/g, "")) ? `; did you mean ${bare}?` : "";
  throw wrong(`${text} is no IP address${meant}`);
}
