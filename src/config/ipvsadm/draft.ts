import type { ForwardingMethod, Protocol, SyncDaemon, Tunnel } from "../../ipvs/model.js";
import { type Prefix, parsePrefix } from "../../ipvs/prefix.js";
import { defaultScheduler, flagBits, flagNames, flagsOf } from "../../ipvs/schedulers.js";
import { IpAddress } from "../../wire/address.js";
import { readHostPort } from "./endpoint.js";
import { fail } from "./failure.js";
import { inetAton, inetPton4, inetPton6 } from "./inet.js";
import type { NameTable } from "./names.js";
import { leadingNumber, wholeNumber } from "./numbers.js";
import type { Option, Slot } from "./options.js";

/** Seconds of persistence when `-p` has no value, and the longest that may be given (31 days). */
const defaultPersistence = 360;
const longestPersistence = 31 * 86400;
const int = 0x7fff_ffff;
const wholeAddress = IpAddress.of("255.255.255.255");

/**
 * A command while its options are read, one after another. The order matters: `-r` before the service takes no port
 * from it, a netmask is read in the family that is known so far, `-6` must come after `-f`.
 */
export class Draft {
  readonly filled = new Set<Slot>();
  protocol: Protocol | undefined;
  address: IpAddress | undefined;
  port = 0;
  mark: number | undefined;
  family: 4 | 6 | undefined;
  scheduler = "";
  schedulerFlags = "";
  persistence: number | undefined;
  netmask: IpAddress | number = wholeAddress;
  onePacket = false;
  engine = "";
  serverAddress: IpAddress | undefined;
  serverPort = 0;
  /** The server's port if it was written. */
  writtenServerPort: number | undefined;
  client: Prefix | undefined;
  method: ForwardingMethod = "droute";
  weight = 1;
  upperThreshold = 0;
  lowerThreshold = 0;
  tunnelType: Tunnel["type"] = "ipip";
  tunnelPort = 0;
  checksum: Tunnel["checksum"] = "none";
  daemon: Partial<{ -readonly [K in keyof SyncDaemon]: SyncDaemon[K] }> = {};

  readonly #names: NameTable;

  constructor(names: NameTable) {
    this.#names = names;
  }

  /** Takes an option that is no command. `value` is undefined only if the option may go without. */
  take(option: Option, value: string | undefined): void {
    if ("slot" in option) {
      if (this.filled.has(option.slot)) fail(`multiple '${option.slot}' options specified`);
      this.filled.add(option.slot);
    }
    takers[option.long]?.(this, value ?? "", value === undefined);
  }

  /** The scheduler that results, and its flags by name. Refuses flags of another scheduler. */
  flags(): { scheduler: string; flags: string[] } {
    const scheduler = this.scheduler || defaultScheduler;
    if (this.schedulerFlags === "") return { scheduler, flags: [] };
    const names = this.schedulerFlags.split(",").filter((name) => name !== "");
    // The real one crashes on a list of nothing but commas.
    if (names.length === 0) fail(`invalid scheduler flag \`${this.schedulerFlags}'`);
    for (const name of names) {
      if (flagBits(scheduler, [name]) !== 0) continue;
      const known = ["sh", "mh"].some((other) => flagNames(other).includes(name));
      fail(`${known ? "incompatible" : "invalid"} scheduler flag \`${name}'`);
    }
    return { scheduler, flags: flagsOf(scheduler, flagBits(scheduler, names)) };
  }

  setService(protocol: Protocol, text: string): void {
    this.protocol = protocol;
    const found = readHostPort(text, protocol, this.#names);
    if (!found) fail("illegal virtual server address[:port] specified");
    this.address = found.address;
    this.family = found.address.family;
    if (this.family === 6) this.netmask = 128;
    this.port = found.port ?? 0;
  }

  setServer(text: string): void {
    const found = readHostPort(text, this.protocol, this.#names);
    if (!found) fail("illegal real server address[:port] specified");
    this.serverAddress = found.address;
    this.serverPort = found.port ?? this.port;
    this.writtenServerPort = found.port;
  }

  setNetmask(text: string): void {
    this.netmask = this.#readNetmask(text);
  }

  #readNetmask(text: string): IpAddress | number {
    if (this.family === 6) {
      const length = leadingNumber(text);
      return length >= 1 && length <= 128 ? length : fail("illegal ipv6 netmask specified");
    }
    return (
      inetAton(text) ??
      (text === "" ? undefined : this.#names.hostAddress(text)) ??
      fail("illegal virtual server persistent mask specified")
    );
  }
}

/** Seconds for `-p` and `--set`. */
export function readTimeout(text: string, least: number): number {
  return wholeNumber(text, least, longestPersistence) ?? fail(`invalid timeout value \`${text}' specified`);
}

function number(text: string, least: number, most: number, what: string): number {
  return wholeNumber(text, least, most) ?? fail(`illegal ${what} specified`);
}

function multicastGroup(text: string): IpAddress {
  const family = text.includes(":") ? 6 : 4;
  const group = family === 6 ? inetPton6(text) : inetPton4(text);
  const first = group?.bytes[0] ?? 0;
  const multicast = family === 6 ? first === 0xff : first >= 224 && first < 240;
  return group && multicast ? group : fail(`invalid IPv${family} mcast-group \`${text}'`);
}

/** What each option does to a draft; `bare` says that it came without its optional value. */
const takers: Readonly<Record<string, (draft: Draft, text: string, bare: boolean) => void>> = {
  "tcp-service": (draft, text) => draft.setService("tcp", text),
  "udp-service": (draft, text) => draft.setService("udp", text),
  "sctp-service": (draft, text) => draft.setService("sctp", text),
  "fwmark-service": (draft, text) => {
    draft.protocol = "tcp";
    draft.family = 4;
    draft.mark = wholeNumber(text, 1, 0xffff_ffff) ?? fail(`invalid fwmark value \`${text}' specified`);
  },
  ipv6: (draft) => {
    if (draft.mark === undefined) fail("-6 used before -f\n");
    draft.family = 6;
    draft.netmask = 128;
  },
  scheduler: (draft, text) => {
    draft.scheduler = text.slice(0, 15);
  },
  "sched-flags": (draft, text) => {
    draft.schedulerFlags = text.slice(0, 127);
  },
  persistent: (draft, text, bare) => {
    draft.persistence = bare ? defaultPersistence : readTimeout(text, 1);
  },
  netmask: (draft, text) => draft.setNetmask(text),
  ops: (draft) => {
    draft.onePacket = true;
  },
  pe: (draft, text) => {
    draft.engine = text.slice(0, 16);
  },
  "real-server": (draft, text) => draft.setServer(text),
  client: (draft, text) => {
    draft.client = parsePrefix(text, "--client");
  },
  masquerading: (draft) => {
    draft.method = "masq";
  },
  ipip: (draft) => {
    draft.method = "tunnel";
  },
  gatewaying: (draft) => {
    draft.method = "droute";
  },
  weight: (draft, text) => {
    draft.weight = number(text, 0, int, "weight");
  },
  "u-threshold": (draft, text) => {
    draft.upperThreshold = number(text, 0, int, "u_threshold");
  },
  "l-threshold": (draft, text) => {
    draft.lowerThreshold = number(text, 0, int, "l_threshold");
  },
  "tun-type": (draft, text) => {
    if (text !== "ipip" && text !== "gue" && text !== "gre") fail("illegal tunnel type specified");
    draft.tunnelType = text;
  },
  "tun-port": (draft, text) => {
    draft.tunnelPort = number(text, 1, 65535, "tunnel port");
  },
  "tun-nocsum": (draft) => {
    draft.checksum = "none";
  },
  "tun-csum": (draft) => {
    draft.checksum = "csum";
  },
  "tun-remcsum": (draft) => {
    draft.checksum = "remote";
  },
  "mcast-interface": (draft, text) => {
    draft.daemon.multicastInterface = text.slice(0, 15);
  },
  syncid: (draft, text) => {
    draft.daemon.syncId = number(text, 0, 255, "syncid");
  },
  "sync-maxlen": (draft, text) => {
    draft.daemon.maxLength = number(text, 1, 65535 - 20 - 8, "sync-maxlen");
  },
  "mcast-group": (draft, text) => {
    draft.daemon.group = multicastGroup(text);
  },
  "mcast-port": (draft, text) => {
    draft.daemon.port = number(text, 1, 65535, "mcast-port");
  },
  "mcast-ttl": (draft, text) => {
    draft.daemon.ttl = number(text, 1, 255, "mcast-ttl");
  },
};
