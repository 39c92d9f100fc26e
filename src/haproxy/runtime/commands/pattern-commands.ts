import type { PatternEntry, PatternLookup, PatternReference } from "../../run/index.js";
import {
  type Command,
  type CommandCall,
  failure,
  information,
  leadingInteger,
  type Message,
  type Reply,
} from "../command.js";
import { isMessage } from "../find.js";

type Kind = "map" | "acl";

/** Commands on maps and on ACLs' lists (map.c). */
export const patternCommands: readonly Command[] = [
  on("add", "acl", "add acl [@<ver>] <acl> <pattern>        : add an acl entry", add),
  on("clear", "acl", "clear acl [@<ver>] <acl>                : clear the contents of this acl", clear),
  on("commit", "acl", "commit acl @<ver> <acl>                 : commit the ACL at this version", commit),
  on("del", "acl", "del acl <acl> [<key>|#<ref>]            : delete acl entries matching <key>", remove),
  on(
    "get",
    "acl",
    "get acl <acl> <value>                   : report the patterns matching a sample for an ACL",
    get,
  ),
  on(
    "prepare",
    "acl",
    "prepare acl <acl>                       : prepare a new version for atomic ACL replacement",
    prepare,
  ),
  on(
    "show",
    "acl",
    "show acl [@<ver>] <acl>]                : report available acls or dump an acl's contents",
    show,
  ),
  on(
    "add",
    "map",
    "add map [@<ver>] <map> <key> <val>      : add a map entry (payload supported instead of key/val)",
    add,
  ),
  on("clear", "map", "clear map [@<ver>] <map>                : clear the contents of this map", clear),
  on("commit", "map", "commit map @<ver> <map>                 : commit the map at this version", commit),
  on("del", "map", "del map <map> [<key>|#<ref>]            : delete map entries matching <key>", remove),
  on(
    "get",
    "map",
    "get map <acl> <value>                   : report the keys and values matching a sample for a map",
    get,
  ),
  on(
    "prepare",
    "map",
    "prepare map <acl>                       : prepare a new version for atomic map replacement",
    prepare,
  ),
  on("set", "map", "set map <map> [<key>|#<ref>] <value>    : modify a map entry", set),
  on(
    "show",
    "map",
    "show map [@ver] [map]                   : report available maps or dump a map's contents",
    show,
  ),
];

function on(verb: string, kind: Kind, usage: string, run: (call: CommandCall, kind: Kind) => Reply): Command {
  return { words: [verb, kind], usage, run: (call) => run(call, kind) };
}

const title = (kind: Kind) => (kind === "map" ? "map" : "ACL");
const unknown = (kind: Kind) => failure(`Unknown ${title(kind)} identifier. Please use #<id> or <file>.\n`);
const outOfRange = failure("Version number out of range.\n");

/** The words after "VERB KIND" and, where it is there, "@VERSION". */
function versioned(call: CommandCall): {
  readonly version: number | undefined;
  readonly words: readonly string[];
} {
  const words = call.words.slice(2);
  const [first = ""] = words;
  return first.startsWith("@")
    ? { version: leadingInteger(first.slice(1)), words: words.slice(1) }
    : { version: undefined, words };
}

function find(call: CommandCall, kind: Kind, name: string, strict = true): PatternReference | Message {
  const found = call.host.process.patterns.find(name);
  if (found === undefined) return unknown(kind);
  return !strict || (kind === "map" ? found.isMap : found.isAcl) ? found : unknown(kind);
}

function show(call: CommandCall, kind: Kind): Reply {
  const { version, words } = versioned(call);
  const [name] = words;
  if (name === undefined) return list(call, kind);
  const found = find(call, kind, name);
  if (isMessage(found)) return found;
  return {
    pieces: (function* () {
      for (const entry of found.entries(version)) yield `${entryLine(entry)}\n`;
    })(),
  };
}

function list(call: CommandCall, kind: Kind): string {
  const lines = call.host.process.patterns.all
    .filter((each) => (kind === "map" ? each.isMap : each.isAcl))
    .map(
      (each) =>
        `${each.uniqueId} (${each.name ?? ""}) ${each.display}. curr_ver=${each.currentVersion} next_ver=${each.nextVersion} entry_cnt=${each.entryCount}\n`,
    );
  return `# id (file) description\n${lines.join("")}`;
}

const entryLine = ({ id, key, value }: PatternEntry) =>
  `0x${id.toString(16)} ${key}${value === undefined ? "" : ` ${value}`}`;

function get(call: CommandCall, kind: Kind): Reply {
  if (call.word(2) === "" || call.word(3) === "")
    return failure(`Missing ${title(kind)} identifier and/or key.\n`);
  const found = find(call, kind, call.word(2), false);
  if (isMessage(found)) return found;
  return found
    .lookup(call.word(3))
    .map((lookup) => lookupLine(lookup, kind))
    .join("");
}

function lookupLine({ type, ignoreCase, index, entry }: PatternLookup, kind: Kind): string {
  const word = kind === "map" ? "found" : "match";
  const start = `type=${type}, case=${ignoreCase ? "insensitive" : "sensitive"}, ${word}=`;
  if (entry === undefined) return `${start}no\n`;
  const matched = `${start}yes, idx=${index}, `;
  if (kind === "acl") return `${matched}pattern="${entry.key}"\n`;
  const value = entry.value === undefined ? "value=none" : `value="${entry.value}", type="str"`;
  return `${matched}key="${entry.key}", ${value}\n`;
}

function add(call: CommandCall, kind: Kind): Reply {
  const { version, words } = versioned(call);
  const [name = "", key = "", value = ""] = words;
  const { payload } = call;
  if (kind === "map" && (name === "" || (payload === undefined && (key === "" || value === ""))))
    return failure(
      "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload\n",
    );
  if (kind === "acl" && (name === "" || key === ""))
    return failure("'add acl' expects two parameters: ACL identifier and pattern.\n");
  const found = find(call, kind, name, false);
  if (isMessage(found)) return found;
  if (version !== undefined && version > found.nextVersion)
    return failure(`Version number in the future, please use 'prepare ${kind}' before.\n`);
  if (kind === "acl" && found.isMap)
    return failure(
      "This ACL is shared with a map containing samples. You must use the command 'add map' to add values.\n",
    );
  if (payload === undefined) return failed(found.add(key, kind === "map" ? value : undefined, version));
  return addLines(found, kind, payload, version);
}

/** A key and a value in each line of the payload; those before one that is wrong stay. */
function addLines(found: PatternReference, kind: Kind, payload: string, version: number | undefined): Reply {
  for (const line of payload.split("\n")) {
    const [, key = "", value] = /^([^ \t]*)(?:[ \t]+(.*))?$/.exec(line) ?? [];
    if (kind === "map" && value === undefined) return failure(`Missing value for key '${key}'.\n`);
    const error = found.add(key, kind === "map" ? value : undefined, version);
    if (error !== undefined) return failed(error);
  }
  return undefined;
}

const failed = (error: string | undefined): Message | undefined =>
  error === undefined ? undefined : failure(`${error.replace(/\.?\n?$/, "")}.\n`);

/** A key, or the id of "#0x…". */
function keyOrId(word: string): string | number | Message {
  if (!word.startsWith("#0x")) return word;
  return /^#0x[0-9a-fA-F]+$/.test(word)
    ? Number.parseInt(word.slice(3), 16)
    : failure("Malformed identifier. Please use #<id> or <file>.\n");
}

function set(call: CommandCall, kind: Kind): Reply {
  const { word } = call;
  if (word(2) === "" || word(3) === "" || word(4) === "")
    return failure("'set map' expects three parameters: map identifier, key and value.\n");
  const found = find(call, kind, word(2), false);
  if (isMessage(found)) return found;
  const key = keyOrId(word(3));
  return typeof key === "object" ? key : failed(found.set(key, word(4)));
}

function remove(call: CommandCall, kind: Kind): Reply {
  const { word } = call;
  if (word(2) === "" || word(3) === "")
    return failure(`This command expects two parameters: ${title(kind)} identifier and key.\n`);
  const found = find(call, kind, word(2));
  if (isMessage(found)) return found;
  const key = keyOrId(word(3));
  if (typeof key === "object") return key;
  return found.remove(key) ? undefined : failure("Key not found.\n");
}

function clear(call: CommandCall, kind: Kind): Reply {
  const { version, words } = versioned(call);
  if (words[0] === undefined) return failure(`Missing ${title(kind)} identifier.\n`);
  const found = find(call, kind, words[0]);
  if (isMessage(found)) return found;
  found.clear(version);
  return undefined;
}

function prepare(call: CommandCall, kind: Kind): Reply {
  const found = find(call, kind, call.word(2));
  return isMessage(found) ? found : information(`New version created: ${found.prepare()}\n`);
}

function commit(call: CommandCall, kind: Kind): Reply {
  const { version, words } = versioned(call);
  if (version === undefined) return failure("Missing version number.\n");
  if (words[0] === undefined) return failure(`Missing ${title(kind)} identifier.\n`);
  const found = find(call, kind, words[0]);
  if (isMessage(found)) return found;
  return found.commit(version) === undefined ? undefined : outOfRange;
}
