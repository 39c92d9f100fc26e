import fc from "fast-check";
import { type MarkRule, markProtocols } from "../../src/ipvs/marks.js";
import { maskBytes, type Prefix } from "../../src/ipvs/prefix.js";
import { IpAddress } from "../../src/wire/address.js";

const prefix = (family: 4 | 6): fc.Arbitrary<Prefix> => {
  const size = family === 4 ? 4 : 16;
  return fc
    .tuple(fc.uint8Array({ minLength: size, maxLength: size }), fc.nat({ max: 8 * size }))
    .map(([bytes, length]) => {
      const mask = maskBytes(length, size);
      return { address: IpAddress.fromBytes(bytes.map((byte, i) => byte & mask[i]!)), length };
    });
};

const ports = fc
  .tuple(fc.nat({ max: 0xffff }), fc.nat({ max: 0xffff }))
  .map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) }));

/** Mark rules of all kinds. */
export const markRule: fc.Arbitrary<MarkRule> = fc
  .record({
    mark: fc.integer({ min: 0, max: 0xffff_ffff }),
    protocol: fc.constantFrom(...markProtocols),
    family: fc.constantFrom(4 as const, 6 as const),
    has: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  })
  .chain(({ mark, protocol, family, has: [to, from, port] }) =>
    fc.record(
      {
        mark: fc.constant(mark),
        protocol: fc.constant(protocol),
        ...(to && { destination: prefix(family) }),
        ...(from && { source: prefix(family) }),
        ...(port && protocol !== "any" && protocol !== "icmp" && { ports }),
      },
      { noNullPrototype: true },
    ),
  ) as fc.Arbitrary<MarkRule>;
