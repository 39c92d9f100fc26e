/**
 * CONNECT and CONNACK of MQTT 3.1, 3.1.1 and 5.0 (OASIS mqtt-v5.0, sections 2.1, 3.1 and 3.2):
 *
 *     TYPE << 4 | FLAGS, REMAINING LENGTH (varint), …
 */
export interface MqttPacket {
  readonly type: "connect" | "connack";
  /** By the names and numbers that mqtt_field_value takes; a field that wasn't there has no entry. */
  readonly fields: ReadonlyMap<string, string>;
}

type Kind = "byte" | "bit" | "two" | "positive two" | "four" | "positive four" | "string" | "pair";

const connectProperties: Readonly<Record<number, Kind>> = {
  17: "four",
  33: "positive two",
  39: "positive four",
  34: "two",
  25: "bit",
  23: "bit",
  38: "pair",
  21: "string",
  22: "string",
};
const willProperties: Readonly<Record<number, Kind>> = {
  24: "four",
  1: "bit",
  2: "four",
  3: "string",
  8: "string",
  9: "string",
  38: "pair",
};
const connackProperties: Readonly<Record<number, Kind>> = {
  17: "four",
  33: "positive two",
  36: "bit",
  37: "bit",
  39: "positive four",
  18: "string",
  34: "two",
  31: "string",
  38: "pair",
  40: "bit",
  41: "bit",
  42: "bit",
  19: "two",
  26: "string",
  28: "string",
  21: "string",
  22: "string",
};
/** Numbers that CONNECT's and CONNACK's fields without a value read as, where the packet is of version 5. */
const numeric = (kind: Kind) => kind !== "string" && kind !== "pair";

class Invalid extends Error {}

class Reader {
  readonly #bytes: Buffer;
  at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  get left(): number {
    return this.#bytes.length - this.at;
  }
  number(size: 1 | 2 | 4): number {
    if (this.left < size) throw new Invalid();
    const value = this.#bytes.readUIntBE(this.at, size);
    this.at += size;
    return value;
  }
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.number(1);
      value += (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new Invalid();
  }
  string(): string {
    return this.take(this.number(2)).toString("latin1");
  }
  take(size: number): Buffer {
    if (this.left < size) throw new Invalid();
    this.at += size;
    return this.#bytes.subarray(this.at - size, this.at);
  }
}

function readProperties(
  reader: Reader,
  known: Readonly<Record<number, Kind>>,
  fields: Map<string, string>,
): void {
  const properties = new Reader(reader.take(reader.varint()));
  const seen = new Set<number>();
  for (const [id, kind] of Object.entries(known)) if (numeric(kind)) fields.set(id, "0");
  while (properties.left > 0) {
    const id = properties.number(1);
    const kind = known[id];
    if (kind === undefined || (kind !== "pair" && seen.has(id))) throw new Invalid();
    seen.add(id);
    if (kind === "pair") {
      properties.string();
      properties.string();
      continue;
    }
    const value =
      kind === "string"
        ? properties.string()
        : properties.number(kind.endsWith("four") ? 4 : kind.endsWith("two") ? 2 : 1);
    if ((kind === "bit" && (value as number) > 1) || (kind.startsWith("positive") && value === 0))
      throw new Invalid();
    fields.set(String(id), String(value));
  }
}

function readConnect(reader: Reader): Map<string, string> {
  const fields = new Map<string, string>();
  const put = (name: string, value: string) => value !== "" && fields.set(name, value);
  const protocol = reader.string();
  if (!/^(?:mqtt|mqisdp)$/i.test(protocol)) throw new Invalid();
  put("protocol_name", protocol);
  const version = reader.number(1);
  if (version < 3 || version > 5) throw new Invalid();
  put("protocol_version", String(version));
  const flags = reader.number(1);
  // Bit 0 is reserved; a will's quality of service (bits 3 and 4) without a will (bit 2) is refused where it isn't to be retained (bit 5).
  if (flags & 1 || (flags & 0x3c) === 0x18) throw new Invalid();
  put("flags", String(flags));
  put("keepalive", String(reader.number(2)));
  if (version === 5) readProperties(reader, connectProperties, fields);
  if (!fields.get("21") && fields.get("22")) throw new Invalid();
  put("client_identifier", reader.string());
  if (flags & 4) {
    if (version === 5) readProperties(reader, willProperties, fields);
    put("will_topic", reader.string());
    put("will_payload", reader.string());
  }
  if (flags & 0x80) put("username", reader.string());
  if (flags & 0x40) put("password", reader.string());
  return fields;
}

function readConnack(reader: Reader): Map<string, string> {
  const fields = new Map<string, string>();
  const version = reader.left === 2 ? 4 : 5;
  const flags = reader.number(1);
  if (flags & 0xfe) throw new Invalid();
  fields.set("flags", String(flags));
  fields.set("reason_code", String(reader.number(1)));
  fields.set("protocol_version", String(version));
  if (version === 5) readProperties(reader, connackProperties, fields);
  return fields;
}

/** "more": it isn't whole yet. undefined: it isn't right, or of another type. */
export function parseMqtt(bytes: Buffer): MqttPacket | undefined | "more" {
  if (bytes.length < 2) return "more";
  const first = bytes[0] as number;
  if (first !== 0x10 && first !== 0x20) return undefined;
  const whole = new Reader(bytes.subarray(1));
  try {
    const length = whole.varint();
    if (whole.left < length) return "more";
    const reader = new Reader(whole.take(length));
    const fields = first === 0x10 ? readConnect(reader) : readConnack(reader);
    // HAProxy wants nothing behind the packet in what it is given.
    if (reader.left > 0 || whole.left > 0) return undefined;
    return { type: first === 0x10 ? "connect" : "connack", fields };
  } catch {
    return undefined;
  }
}

const types = [
  "",
  "connect",
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
  "auth",
];

/** "connect" or "1". */
export const mqttType = (word: string): string | undefined =>
  /^\d+$/.test(word) ? types[Number(word)] : types.find((each) => each === word.toLowerCase() && each !== "");
