import { didYouMean } from "../nearest.js";
import {
  commandOf,
  fileMakers,
  filesText,
  keyOf,
  make,
  methods,
  prepare,
  prepareUndo,
  readRecord,
  statuses,
  unmake,
  type Wanted,
  withHost,
} from "../realserver/index.js";
import { needRoot } from "../sys/index.js";
import { usageError } from "./command-io.js";
import type { Output } from "./ipvsadm-io.js";
import { linksNamed } from "./named-links.js";
import {
  dryRunText,
  isWhole,
  planJson,
  statusJson,
  statusText,
  undoCommands,
  undoJson,
} from "./realserver-tell.js";
import { unitNameOf, unitText } from "./realserver-unit.js";
import { type Asked, parse } from "./realserver-words.js";
import { installUnit, rondoCommand } from "./unit-file.js";
import { refuseMore, takeFlag } from "./words.js";

const usage = `usage: rondo realserver dr VIP [OPTION…]
       rondo realserver tun VIP [--type auto|ipip|gue:PORT|gre] [--clamp-mss] [OPTION…]
       rondo realserver tun VIP --kernel [OPTION…]
       rondo realserver nat [VIP] --gateway DIP [--client ADDRESS[/BITS]]… [OPTION…]
       rondo realserver status [--json]

Makes this host a real server: fit for what a director sends it by direct routing (ipvsadm -g), out of tunnels (-i), or
by NAT (-m). What is so already is left alone; all else is taken back by --undo.

  --dry-run         prints the commands, and changes nothing
  --undo            takes it back
  --interface DEV   the director's packets come in there (all Ethernet interfaces that are up); may be given several times
  --print FILES     prints the files that people keep instead: ${Object.keys(fileMakers).join(", ")}
  --unit            prints a systemd unit that does it at boot; --install writes it, --into FOLDER where
  --json            the plan, and what was done, as JSON

  --type            by which tunnels packets come: all of them unless it is said
  --kernel          the kernel's own tunl0 takes them out, and no program of ours
  --clamp-mss       has clients send packets that fit the tunnel
  --gateway DIP     the director's address on this host's network
  --client          clients on a network of this host, whose answers have to go through the director all the same
`;

/** Where is told what is told. */
interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** `rondo realserver …`: see docs/manual/realserver.md. */
export function run(words: readonly string[], io: Streams = process): number {
  const [method, ...rest] = words;
  if (words.some((word) => word === "-h" || word === "--help")) {
    io.stdout.write(usage);
    return 0;
  }
  if (method === "status") return status(rest, io);
  if (method === "--undo")
    throw usageError(
      ...missing("the method and what it was made for are", [...readRecord().servers.values()]),
    );
  const known = methods.find((one) => one === method);
  if (!known) {
    const hint = method && didYouMean(method, [...methods, "status"]);
    io.stderr.write(method ? `rondo realserver: there is no method ${method}${hint}\n` : usage);
    return 2;
  }
  const asked = parse(known, rest);
  if (asked.undo) return undo(asked, io);
  const wanted = asked.wanted!;
  if (asked.unit) return unit(asked, wanted, io);
  withHost((host) => linksNamed(wanted.interfaces, host.network));
  if (asked.print !== undefined) {
    const prepared = prepare(wanted);
    io.stdout.write(filesText(fileMakers[asked.print]!(prepared, prepared.state)));
    return 0;
  }
  const prepared = asked.dryRun ? prepare(wanted) : make(wanted);
  if (asked.json) io.stdout.write(planJson(prepared, !asked.dryRun));
  else if (asked.dryRun) io.stdout.write(dryRunText(prepared));
  else
    for (const { level, text } of prepared.notes)
      if (level === "warning") io.stderr.write(`rondo realserver: ${text}\n`);
  return 0;
}

function unit({ install, into }: Asked, wanted: Wanted, io: Streams): number {
  const text = unitText(wanted, rondoCommand);
  if (install) installUnit(unitNameOf(wanted), text, into, io.stdout);
  else io.stdout.write(text);
  return 0;
}

function status(words: readonly string[], io: Streams): number {
  const { given: json, rest } = takeFlag(words, "--json");
  const [word] = rest;
  if (word?.startsWith("-")) throw usageError(`there is no option ${word}${didYouMean(word, ["--json"])}`);
  refuseMore("realserver", rest);
  needRoot("what is unwrapped here only root can see");
  const servers = statuses();
  io.stdout.write(json ? statusJson(servers) : statusText(servers));
  return servers.every(isWhole) ? 0 : 1;
}

function undo(asked: Asked, io: Streams): number {
  const key = keyToUndo(asked);
  const actions = asked.dryRun ? prepareUndo(key) : unmake(key);
  if (asked.json) io.stdout.write(undoJson(key, actions, !asked.dryRun));
  else if (asked.dryRun) for (const action of actions ?? []) io.stdout.write(`${commandOf(action)}\n`);
  if (actions === undefined && !asked.json) io.stderr.write(nothingToUndo(asked));
  return 0;
}

/** What is to be taken back, by its key. */
function keyToUndo({ method, vip, gateway, wanted }: Asked): string {
  if (wanted) return keyOf(wanted);
  const { servers } = readRecord();
  if (vip)
    for (const [key, { wanted: known }] of servers)
      if (known.method === method && known.vip?.equals(vip)) return key;
  const named = method === "nat" ? "--gateway DIP" : "the VIP";
  if (vip ?? gateway) return `${method} ${vip ?? gateway}`;
  throw usageError(...missing(`${named} is`, [...servers.values()]));
}

/** What to say, and the commands to choose from. */
const missing = (what: string, servers: readonly { readonly wanted: Wanted }[]): [string, string?] =>
  servers.length === 0
    ? [`${what} missing, and this host was made no real server`]
    : [`${what} missing. What this host was made is taken back by`, undoCommands(servers)];

function nothingToUndo({ method, vip, gateway }: Asked): string {
  const what = method === "nat" ? `behind ${gateway ?? vip}` : `of ${vip}`;
  const others = [...readRecord().servers.values()].filter(({ wanted }) => vip && wanted.vip?.equals(vip));
  const hint = others.length > 0 ? `What it is:\n${undoCommands(others)}\n` : "";
  return `this host is no real server ${what} by ${method.toUpperCase()}: there is nothing to undo\n${hint}`;
}
