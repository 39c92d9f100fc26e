import type { Argument } from "../../../config/haproxy/model/index.js";
import { IpAddress } from "../../../wire/index.js";
import { addressBytes, bytesText, ipv4, ipv4Within, ipv6 } from "../addresses.js";
import { textOf } from "../cast.js";
import { type ConverterKind, type Converters, text } from "../registry.js";
import { sint, str } from "../value.js";

/** A mask as bytes: a number of bits, or a dotted (or coloned) mask. */
function maskBytes(
  argument: Argument | undefined,
  at: number,
  arguments_: readonly Argument[],
  size: 4 | 16,
): Buffer | undefined {
  if (argument === undefined || argument.kind === "none") return undefined;
  const bits =
    argument.kind === "mask4" || argument.kind === "mask6" ? (argument.text ?? argument.value) : undefined;
  const written = bits === undefined ? text(arguments_, at) : String(bits);
  if (written === undefined || written === "") return undefined;
  if (!/^\d+$/.test(written)) {
    const address = IpAddress.parse(written);
    return address && address.bytes.length === size ? Buffer.from(address.bytes) : undefined;
  }
  const count = Number(written);
  return Buffer.from(
    Array.from({ length: size }, (_, index) => (0xff00 >> Math.max(0, Math.min(8, count - 8 * index))) & 255),
  );
}

const masked = (host: string, mask: Buffer): string =>
  bytesText(addressBytes(host).map((byte, at) => byte & (mask[at] as number)));

/** `ipmask(MASK4[,MASK6])`: IPv6 addresses that stand for IPv4 ones become those; others need a mask of their own. */
const ipmask: ConverterKind = {
  from: "addr",
  make: (arguments_) => {
    const four = maskBytes(arguments_[0], 0, arguments_, 4);
    const six = maskBytes(arguments_[1], 1, arguments_, 16);
    return (sample) => {
      if (sample.type !== "ipv4" && sample.type !== "ipv6") return undefined;
      const host = sample.type === "ipv4" ? sample.value : ipv4Within(sample.value);
      if (host !== undefined) return four && ipv4(masked(host, four));
      return six && ipv6(masked(sample.value, six));
    };
  },
};

/** Where the port of a Host field begins: behind its last colon, which isn't within brackets. */
const portAt = (host: string): number => {
  const colon = host.lastIndexOf(":");
  return colon > host.lastIndexOf("]") ? colon : -1;
};

const hostOnly: ConverterKind = {
  from: "str",
  make: () => (sample) => {
    const host = textOf(sample);
    const colon = portAt(host);
    return str(colon < 0 ? host : host.slice(0, colon));
  },
};

/** 0 where there is none; what isn't a digit counts as HAProxy's strl2ui has it. */
const portOnly: ConverterKind = {
  from: "str",
  make: () => (sample) => {
    const host = textOf(sample);
    const colon = portAt(host);
    let port = 0;
    for (let at = colon + 1; colon >= 0 && at < host.length; at++)
      port = (Math.imul(port, 10) + host.charCodeAt(at) - 48) >>> 0;
    return sint(port);
  },
};

export const addressConverters: Converters = { ipmask, host_only: hostOnly, port_only: portOnly };
