import assert from "node:assert/strict";
import fc from "fast-check";
import * as asm from "../../src/asm/index.js";
import { type BpfProgram, testRun } from "../../src/bpf/index.js";
import { sctpChecksum, sctpTableBytes } from "../../src/dataplane/xdp/sctp-checksum.js";
import { crc32c, encodeSctp, put16, sctpChecksumOk } from "../../src/wire/index.js";
import { inKernel, loaded } from "../support/in-kernel.js";

const Question = asm.struct("Question", {
  old: asm.u32,
  before: asm.u32,
  after: asm.u32,
  length: asm.u32,
  answer: asm.u32,
});

const asker = asm.xdp("asker", (packet) => {
  const question = packet.header(Question);
  const { old, before, after, length } = question;
  question.answer = sctpChecksum(old, before, after, length);
  packet.pass();
});

async function withAsker(work: (program: BpfProgram) => void): Promise<void> {
  await loaded(asker, (program, maps) => {
    maps["sctp_tables"]!.update(new Uint8Array(4), sctpTableBytes());
    work(program);
  });
}

/** A packet after its ports have changed as the packet program changes them. */
function changePorts(
  program: BpfProgram,
  packet: Uint8Array,
  source: number,
  destination: number,
): Uint8Array {
  const changed = Buffer.from(packet);
  put16(changed, 0, source);
  put16(changed, 2, destination);
  const question = Question.encode({
    old: changed.readUInt32LE(8),
    before: Buffer.from(packet).readUInt32LE(0),
    after: changed.readUInt32LE(0),
    length: packet.length,
  });
  changed.writeUInt32LE(Question.over(testRun(program, { packet: question }).packet).answer, 8);
  return changed;
}

const port = fc.nat(65535);

inKernel("the checksum after a change of ports is that of the whole packet", async () => {
  await withAsker((program) => {
    const packet = fc.record({
      sourcePort: port,
      destinationPort: port,
      verificationTag: fc.nat(2 ** 32 - 1),
      chunks: fc.array(
        fc.record({ type: fc.nat(255), flags: fc.nat(255), value: fc.uint8Array({ maxLength: 3000 }) }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(packet, port, port, (value, sourcePort, destinationPort) => {
        const changed = changePorts(program, encodeSctp(value), sourcePort, destinationPort);
        assert.deepEqual(Uint8Array.from(changed), encodeSctp({ ...value, sourcePort, destinationPort }));
      }),
    );
  });
});

inKernel("also where lengths are no multiple of four, and at the longest", async () => {
  await withAsker((program) => {
    for (const length of [12, 13, 14, 15, 16, 255, 256, 257, 1480, 4095, 32767, 32768, 65514, 65535]) {
      const packet = Buffer.alloc(length, 0xa5);
      packet.writeUInt32LE(0, 8);
      packet.writeUInt32LE(crc32c(packet), 8);
      const changed = changePorts(program, packet, 40000, 8080);
      assert.ok(sctpChecksumOk(changed), `${length} bytes`);
    }
  });
});

inKernel("a checksum that has yet to be computed stays 0, unchanged ports change nothing", async () => {
  await withAsker((program) => {
    const packet = Buffer.from(
      encodeSctp({ sourcePort: 1, destinationPort: 2, verificationTag: 3, chunks: [] }),
    );
    assert.deepEqual(changePorts(program, packet, 1, 2), packet);
    packet.writeUInt32LE(0, 8);
    assert.equal(Buffer.from(changePorts(program, packet, 5, 6)).readUInt32LE(8), 0);
  });
});
