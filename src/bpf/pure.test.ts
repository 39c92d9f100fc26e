import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelVersion } from "../sys/index.js";
import { sentence } from "./features.js";
import { countCpus, differences, flagBits, flagsOf, type MapSpec } from "./map-spec.js";
import { decisiveLines, VerifierError } from "./verifier-error.js";

test("possible CPUs are counted from the kernel's list", () => {
  assert.equal(countCpus("0\n"), 1);
  assert.equal(countCpus("0-127\n"), 128);
  assert.equal(countCpus("0-3,8,10-11\n"), 7);
});

test("maps are compared by all but their names", () => {
  const spec: MapSpec = { name: "a", type: "hash", keySize: 4, valueSize: 8, maxEntries: 16 };
  assert.deepEqual(differences(spec, { ...spec, name: "b", flags: {} }), []);
  assert.deepEqual(
    differences({ ...spec, type: "array", flags: { mmapable: true } }, { ...spec, maxEntries: 17 }),
    ["type array instead of hash", "entries 16 instead of 17", "flags 1024 instead of 0"],
  );
  const flags = { mmapable: true, noPrealloc: true, readOnlyProgram: true };
  assert.deepEqual(flagsOf(flagBits(flags)), flags);
});

test("a verifier's log is cut down to what decides", () => {
  const log = `func#0 @0
0: R1=ctx() R10=fp0
; const ip = packet.header(Ipv4)
0: (b7) r0 = 2                        ; R0_w=2
1: (61) r3 = *(u32 *)(r1 +400)
invalid bpf_context access off=400 size=4
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;
  assert.deepEqual(decisiveLines(log), [
    "invalid bpf_context access off=400 size=4",
    "at 1: (61) r3 = *(u32 *)(r1 +400)",
    "; const ip = packet.header(Ipv4)",
  ]);
  const error = new VerifierError('program "director"', log, 13);
  assert.equal(error.instruction, 1);
  assert.equal(error.log, log);
  assert.match(error.message, /^the kernel's verifier refused program "director": invalid bpf_context/);
  assert.deepEqual(decisiveLines("unreachable insn 3\nprocessed 0 insns\n"), ["unreachable insn 3"]);
});

test("what a kernel lacks is said in one sentence", () => {
  const old = kernelVersion("5.10.0-28-amd64");
  const recent = kernelVersion("6.18.1");
  assert.equal(sentence("forbidden", ["xdp"], old), "needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)");
  assert.equal(
    sentence("absent", ["xdp"], recent),
    "needs a kernel with bpf(2) (CONFIG_BPF_SYSCALL); this is 6.18.1",
  );
  assert.equal(
    sentence("yes", ["timers", "loops", "coarse-clock"], old),
    "needs Linux 5.17 or newer, for walking through tables (bpf_loop); this is 5.10.0-28-amd64",
  );
  assert.equal(
    sentence("yes", ["xdp-links", "timers"], recent),
    "needs a kernel with xdp-links, timers, for expiry without a daemon; this one (6.18.1) was built without",
  );
  assert.equal(sentence("yes", [], recent), undefined);
});
