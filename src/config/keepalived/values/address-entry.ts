import { IpAddress } from "../../../wire/address.js";
import type { Row, Word } from "../grammar/statement.js";
import type { AddressEntry } from "../model/index.js";
import { type Draft, defined, type Reading } from "../read/reading.js";
import { namedNumber } from "./named-numbers.js";
import { wholeNumber } from "./word-values.js";

/** "192.168.4.80/24": an address with its prefix length, which is the whole address if none is said. */
export function addressWithPrefix(
  reading: Reading,
  word: Word,
  allowPrefix = true,
): { readonly address: IpAddress; readonly prefixLength: number } | undefined {
  const { findings } = reading;
  const slash = allowPrefix ? word.text.indexOf("/") : -1;
  const address = IpAddress.parse(slash < 0 ? word.text : word.text.slice(0, slash));
  const whole = word.text.includes(":") ? 128 : 32;
  let prefixLength: number | undefined = whole;
  if (slash >= 0) {
    const part = { ...word, text: word.text.slice(slash + 1) };
    prefixLength = wholeNumber(findings, part, 0, whole);
  }
  if (!address) {
    findings.add(word.at, "invalid-address", `VRRP parsed invalid IP ${word.text}. skipping IP...`, {
      remedy: word.text.includes("$")
        ? "Is $NAME defined? Where no blank follows, its name needs braces."
        : "Write an IPv4 or IPv6 address.",
    });
    return undefined;
  }
  return { address, prefixLength: prefixLength ?? whole };
}

type Entry = Draft<AddressEntry> & { address: IpAddress; prefixLength: number };

const flags: Readonly<Record<string, (entry: Entry) => void>> = {
  home: (entry) => void (entry.home = true),
  "-nodad": (entry) => void (entry.noDad = true),
  mngtmpaddr: (entry) => void (entry.manageTempAddress = true),
  noprefixroute: (entry) => void (entry.noPrefixRoute = true),
  autojoin: (entry) => void (entry.autoJoin = true),
  no_track: (entry) => void (entry.noTrack = true),
};

/** A line of virtual_ipaddress, virtual_ipaddress_excluded or static_ipaddress; undefined if it is to be skipped. */
export function readAddressEntry(row: Row, reading: Reading, isStatic: boolean): AddressEntry | undefined {
  const { findings } = reading;
  const [first, ...words] = row.words;
  const read = addressWithPrefix(reading, first);
  if (!read) return undefined;
  const entry: Entry = { ...read };
  const six = read.address.family === 6;
  for (let i = 0; i < words.length; i++) {
    const option = words[i]!;
    const name = option.text;
    if (Object.hasOwn(flags, name)) {
      flags[name]!(entry);
      continue;
    }
    if (name === "use_vmac" && !isStatic) {
      entry.useVmac = "";
      continue;
    }
    const takes = [
      "dev",
      "scope",
      "broadcast",
      "brd",
      "label",
      "peer",
      "preferred_lft",
      ...(isStatic ? ["track_group"] : []),
    ];
    if (!takes.includes(name)) {
      findings.add(
        option.at,
        "invalid-value",
        `Unknown configuration entry '${name}' for ip address - ignoring`,
        {
          remedy: `Known are ${[...takes, ...Object.keys(flags)].join(" ")}.`,
        },
      );
      continue;
    }
    const value = words[++i];
    if (!value) {
      findings.add(option.at, "missing-parameter", `No ${name} parameter specified for ${first.text}`);
      return undefined;
    }
    if (!setOption(reading, entry, name, value, first, six)) return undefined;
  }
  return finish(entry, row, reading, isStatic);
}

/** Sets what takes a value; false if the whole address is to be skipped. */
function setOption(
  reading: Reading,
  entry: Entry,
  name: string,
  value: Word,
  first: Word,
  six: boolean,
): boolean {
  const { findings } = reading;
  const wrong = (message: string) => {
    findings.add(value.at, "invalid-value", message);
    return false;
  };
  switch (name) {
    case "dev":
      if (entry.device !== undefined)
        return wrong(`Cannot specify ipaddress device more than once for ${first.text}`);
      entry.device = value.text;
      if (!reading.interfaceExists(value.text))
        return !missingInterface(
          reading,
          value,
          `WARNING - interface ${value.text} for ip address ${first.text} doesn't exist`,
        );
      return true;
    case "scope": {
      const scope = namedNumber(reading, "rt_scopes", value.text, 255);
      if (scope === undefined) wrong(`Invalid scope '${value.text}' specified for ${first.text} - ignoring`);
      else entry.scope = scope;
      return true;
    }
    case "label":
      if (value.text.length > 15)
        return wrong(`Address label ${value.text} is longer than maximum length 15 - removing address`);
      entry.label = value.text;
      return true;
    case "peer":
      setPeer(reading, entry, value);
      return true;
    case "preferred_lft": {
      const lifetime = value.text === "forever" ? "forever" : wholeNumber(findings, value, 0, 0xffffffff);
      if (lifetime !== undefined) entry.preferredLifetime = lifetime;
      return true;
    }
    case "track_group":
      if (!reading.trackGroups.some((group) => group.name === value.text))
        wrong(`track_group ${value.text} not found`);
      else entry.trackGroup = value.text;
      return true;
    default: {
      if (six)
        return wrong(
          `VRRP is trying to assign a broadcast ${value.text} to the IPv6 address ${first.text}. skipping VIP...`,
        );
      const broadcast = value.text === "+" || value.text === "-" ? value.text : IpAddress.parse(value.text);
      if (!broadcast)
        return wrong(`VRRP is trying to assign invalid broadcast ${value.text}. skipping VIP...`);
      entry.broadcast = broadcast;
      return true;
    }
  }
}

function setPeer(reading: Reading, entry: Entry, value: Word): void {
  const { findings } = reading;
  const whole = entry.address.family === 4 ? 32 : 128;
  if (entry.peer)
    findings.add(value.at, "duplicate", `Peer ${value.text} - another peer has already been specified`);
  else {
    const peer = addressWithPrefix(reading, value, false);
    if (!peer) return;
    if (peer.address.family !== entry.address.family)
      findings.add(value.at, "invalid-address", `Peer address ${value.text} does not match address family`);
    else {
      if (entry.prefixLength !== whole)
        findings.add(
          value.at,
          "invalid-value",
          "Cannot specify address prefix when specifying peer address - ignoring",
        );
      entry.peer = peer;
      entry.prefixLength = whole;
    }
  }
}

function finish(entry: Entry, row: Row, reading: Reading, isStatic: boolean): AddressEntry | undefined {
  const { findings } = reading;
  const [first] = row.words;
  if (entry.broadcast !== undefined && entry.peer) {
    findings.add(
      first.at,
      "invalid-value",
      "Cannot specify broadcast and peer addresses - ignoring broadcast address",
    );
    entry.broadcast = undefined;
  } else if (typeof entry.broadcast === "string" && entry.prefixLength > 30) {
    findings.add(
      first.at,
      "invalid-value",
      `Address prefix length ${entry.prefixLength} too long for broadcast`,
      {
        remedy: "Write the address with its network's prefix length, or leave the broadcast address out.",
      },
    );
    entry.broadcast = undefined;
  }
  if (isStatic && entry.device === undefined) {
    const device = reading.global.defaultInterface ?? "eth0";
    if (reading.world.interface(device) === null) {
      findings.add(
        first.at,
        "no-interface",
        `Static address ${first.text} requires either an interface or default interface must exist`,
        { refused: "fatal" },
      );
      return undefined;
    }
    entry.device = device;
  }
  if (entry.address.family === 6) {
    if (entry.scope)
      findings.add(
        first.at,
        "invalid-value",
        `Cannot specify scope for IPv6 addresses (${first.text}) - ignoring scope`,
      );
    if (entry.label !== undefined)
      findings.add(
        first.at,
        "invalid-value",
        `Cannot specify label for IPv6 addresses (${first.text}) - ignoring label`,
      );
    entry.scope = undefined;
    entry.label = undefined;
    entry.preferredLifetime ??= entry.prefixLength === 128 ? 0 : "forever";
  }
  return defined({
    ...entry,
    home: entry.home ?? false,
    noDad: entry.noDad ?? false,
    manageTempAddress: entry.manageTempAddress ?? false,
    noPrefixRoute: entry.noPrefixRoute ?? false,
    autoJoin: entry.autoJoin ?? false,
    noTrack: entry.noTrack ?? false,
    at: findings.files.place(first.at.position()),
  }) as AddressEntry;
}

/** Notes an interface that is not there; the real one's -t ends with 2 for it. Returns true. */
export function missingInterface(reading: Reading, word: Word, message: string): true {
  reading.findings.add(word.at, "no-interface", message, {
    remedy: `There is no interface ${word.text} on this host; with dynamic_interfaces it may come later.`,
  });
  return true;
}
