import assert from "node:assert/strict";
import { packetProgram } from "../../src/asm/index.js";
import { TcVerdict, testRun } from "../../src/bpf/index.js";
import { clampMss } from "../../src/dataplane/xdp/mss-clamp.js";
import { inKernel, loaded } from "../support/in-kernel.js";
import {
  framed,
  ipPacket,
  tcpProtocol,
  tcpSegment,
  udpDatagram,
  udpProtocol,
} from "../support/tunnel-packets.js";

const macs = { source: new Uint8Array(6).fill(2), destination: new Uint8Array(6).fill(4) };
const addresses = {
  4: { source: "192.0.2.15", destination: "192.0.2.7" },
  6: { source: "2001:db8::15", destination: "2001:db8:7::7" },
} as const;
const limit = 1448;
/** What fits, by family. */
const fitting = { 4: limit - 40, 6: limit - 60 } as const;

/** A maximum segment size among other options: at an even place, at an odd one, behind long ones, last. */
const placed: readonly ((size: number) => number[])[] = [
  (size) => [2, 4, size >> 8, size & 255],
  (size) => [1, 2, 4, size >> 8, size & 255, 1, 1, 0],
  (size) => [1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 2, 4, size >> 8, size & 255],
  (size) => [...new Array<number>(35).fill(1), 2, 4, size >> 8, size & 255, 0],
  (size) => [...new Array<number>(36).fill(1), 2, 4, size >> 8, size & 255].slice(0, 40),
];
/** Options without one that can be read: none, cut off, of a length that can't be, behind the end. */
const unreadable: readonly number[][] = [
  [],
  [1, 1, 2, 4],
  [2, 3, 255, 255],
  [8, 0, 2, 4, 255, 255, 1, 1],
  [8, 1, 2, 4, 255, 255, 1, 1],
  [0, 2, 4, 255, 255, 1, 1, 1],
  [8, 60, 2, 4, 255, 255, 1, 1],
];

inKernel("the MSS of a SYN is lowered to what fits, its checksum is right, all else stays", async () => {
  const program = packetProgram("clamp", "tc", (packet) => {
    clampMss(packet.context, limit);
    packet.pass();
  });
  await loaded(program, (kernel) => {
    for (const family of [4, 6] as const) {
      const fields = { ...addresses[family], protocol: tcpProtocol };
      const segment = (options: readonly number[], flags: number) =>
        framed(
          ipPacket(
            fields,
            tcpSegment(fields, [80, 40000], {
              flags,
              options: Uint8Array.from(options),
              payload: Buffer.from("odd"),
            }),
          ),
          macs,
        );
      const becomes = (sent: Uint8Array, expected: Uint8Array) => {
        const { verdict, packet } = testRun(kernel, { packet: sent });
        assert.equal(verdict, TcVerdict.goOn);
        assert.deepEqual(Buffer.from(packet), Buffer.from(expected));
      };
      for (const options of placed)
        for (const flags of [0x02, 0x12])
          for (const size of [65535, 1460, fitting[family] + 1, fitting[family], 536]) {
            const expected = Math.min(size, fitting[family]);
            becomes(segment(options(size), flags), segment(options(expected), flags));
          }
      for (const options of unreadable) becomes(segment(options, 0x12), segment(options, 0x12));
      const ack = segment(placed[0]!(1460), 0x10);
      becomes(ack, ack);
      const udp = { ...addresses[family], protocol: udpProtocol };
      const datagram = framed(ipPacket(udp, udpDatagram(udp, [53, 5000], Buffer.alloc(60, 2))), macs);
      becomes(datagram, datagram);
    }
    const fields = { ...addresses[4], protocol: tcpProtocol, options: new Uint8Array(40).fill(1) };
    const behindOptions = (size: number) =>
      framed(
        ipPacket(
          fields,
          tcpSegment(fields, [80, 40000], { flags: 2, options: Uint8Array.from(placed[1]!(size)) }),
        ),
        macs,
      );
    const { packet } = testRun(kernel, { packet: behindOptions(1460) });
    assert.deepEqual(Buffer.from(packet), Buffer.from(behindOptions(fitting[4])));
  });
});
