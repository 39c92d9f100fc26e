import type { SampleType } from "../../config/haproxy/model/index.js";
import type { Sample } from "../run/index.js";
import {
  addressBytes,
  ipv4,
  ipv4Number,
  ipv4Within,
  ipv6,
  ipv6Text,
  leadingIpv4,
  numberIpv4,
} from "./addresses.js";
import { bin, bool, readNumber, sint, str } from "./value.js";

/**
 * A sample as another type, as sample.c's matrix of casts says; undefined where there is no such cast, or it can't be done. HAProxy leaves a
 * number's type where a boolean is wanted; here it becomes one.
 */
export function cast(sample: Sample, type: SampleType): Sample | undefined {
  if (sample.type === type || type === "any" || type === "same") return sample;
  switch (type) {
    case "str":
      return asStr(sample);
    case "bin":
      return asBin(sample);
    case "sint":
      return asSint(sample);
    case "bool":
      return asBool(sample);
    case "addr":
      return asAddress(sample);
    case "ipv4":
      return asIpv4(sample);
    case "ipv6":
      return asIpv6(sample);
    case "meth":
      return sample.type === "str" || sample.type === "bin"
        ? { type: "meth", value: byteText(sample) }
        : undefined;
  }
}

/** The text of a sample, as a cast to a string gives it. */
export function textOf(sample: Sample): string {
  switch (sample.type) {
    case "bool":
      return sample.value ? "1" : "0";
    case "sint":
      return sample.value.toString();
    case "bin": {
      const end = sample.value.indexOf(0);
      return sample.value.toString("latin1", 0, end < 0 ? sample.value.length : end);
    }
    default:
      return sample.value;
  }
}

const byteText = (sample: Sample & { type: "str" | "bin" | "meth" }): string =>
  typeof sample.value === "string" ? sample.value : sample.value.toString("latin1");

const asStr = (sample: Sample): Sample => str(textOf(sample));

function asBin(sample: Sample): Sample {
  switch (sample.type) {
    case "bin":
      return sample;
    case "bool":
    case "sint": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(BigInt(sample.value));
      return bin(bytes);
    }
    case "ipv4":
    case "ipv6":
      return bin(addressBytes(sample.value));
    default:
      return bin(Buffer.from(sample.value, "latin1"));
  }
}

function asSint(sample: Sample): Sample | undefined {
  switch (sample.type) {
    case "sint":
      return sample;
    case "bool":
      return sint(sample.value ? 1 : 0);
    case "str":
      return sample.value === "" ? undefined : sint(readNumber(sample.value));
    case "ipv4":
      return sint(ipv4Number(sample.value));
    default:
      return undefined;
  }
}

function asBool(sample: Sample): Sample | undefined {
  const number = sample.type === "ipv4" ? undefined : asSint(sample);
  return number && bool(BigInt(number.value as number) !== 0n);
}

function asAddress(sample: Sample): Sample | undefined {
  if (sample.type === "ipv4" || sample.type === "ipv6") return sample;
  if (sample.type === "sint") return asIpv4(sample);
  return sample.type === "str" ? parseAddress(sample.value) : undefined;
}

/** A text as an IPv4 or else an IPv6 address. */
export function parseAddress(text: string): Sample | undefined {
  const four = leadingIpv4(text);
  if (four) return ipv4(four.address);
  const six = ipv6Text(text);
  return six === undefined ? undefined : ipv6(six);
}

function asIpv4(sample: Sample): Sample | undefined {
  switch (sample.type) {
    case "ipv4":
      return sample;
    case "ipv6": {
      const within = ipv4Within(sample.value);
      return within === undefined ? undefined : ipv4(within);
    }
    case "sint":
      return ipv4(numberIpv4(Number(BigInt.asUintN(32, BigInt(sample.value)))));
    case "str": {
      const leading = leadingIpv4(sample.value);
      return leading && ipv4(leading.address);
    }
    default:
      return undefined;
  }
}

function asIpv6(sample: Sample): Sample | undefined {
  switch (sample.type) {
    case "ipv6":
      return sample;
    case "ipv4":
      return ipv6(`::ffff:${sample.value}`);
    case "sint":
      return ipv6(`::ffff:${numberIpv4(Number(BigInt.asUintN(32, BigInt(sample.value))))}`);
    case "str": {
      const text = ipv6Text(sample.value);
      return text === undefined ? undefined : ipv6(text);
    }
    default:
      return undefined;
  }
}
