import assert from "node:assert/strict";
import { test } from "node:test";
import { gate } from "../../test/support/gate.js";
import * as asm from "./index.js";

/** Only node with --enable-source-maps knows the lines of TypeScript; `npm test` says so. */
const mapped = new Error().stack!.includes("listing.test.ts:");
const line = (number: number) => (mapped ? `gate\\.ts:${number}$` : ".");

test("a listing has the names of the source, and the lines where they change", () => {
  const rows = asm.disassemble(gate.write({ traced: true })).split("\n");
  assert.equal(rows[0], "gate: ; xdp, 39 instructions, 8 bytes of stack");
  const code = rows.map((row) => row.replace(/ *(--|;).*/, "").trim());
  assert.deepEqual(code.slice(code.indexOf("19  r1 = map clients")).slice(0, 7), [
    "19  r1 = map clients",
    "21  r2 = r10",
    "22  r2 += -8",
    "23  call map_lookup_elem#1",
    "24  if r0 == 0 goto missing6",
    "25  r5 = 1",
    "26  lock *(u64 *)(r0) += r5",
  ]);
  assert.ok(code.includes("missing6:"));
  const ethertype = rows.find((row) => row.includes("Ethernet.type"))!;
  assert.match(ethertype, /r5 = \*\(u16 \*\)\(r6 \+ 12\) {2,}; Ethernet\.type {2}-- /);
  assert.match(ethertype, new RegExp(line(21)));
});

test("functions, callbacks, map values, wide numbers, atomics and swaps have readable forms", () => {
  const Value = asm.struct("Value", { a: asm.u64, b: asm.u32, c: asm.be16 });
  const shared = new asm.SharedStruct("shared", Value);
  const add = asm.subprogram("add", [asm.u64, asm.u64], asm.u64, (a, b) => a.add(b));
  const turn = asm.callback("turn", [asm.u32, asm.pointer(Value)], (index, value) => {
    value.a = add(value.a, index);
  });
  const text = asm
    .xdp("all", (packet) => {
      const here = shared.here;
      const local = Value.local({ a: 0x1234_5678_9abcn });
      asm.repeat(4, turn, local);
      here.a = local.a;
      here.b = here.atomic("b").fetchAdd(2);
      here.atomic("a").exchange(3);
      here.atomic("b").compareAndSwap(1, 2);
      here.b = here.c.host;
      asm.when(here.b.signedBelow(-1), () => packet.drop());
      packet.pass();
    })
    .write();
  const listing = asm.disassemble(text);
  for (const part of [
    "r2 = function turn",
    "r1 = value of map shared|r\\d = value of map shared",
    "= 0x123456789abc",
    "call loop#181",
    "call add\n",
    "fetch \\*\\(u32 \\*\\)\\(r\\d \\+ 8\\) \\+= r",
    "exchange \\*\\(u64",
    "r0 = compare and exchange \\*\\(u32",
    "= be16 r",
    "s>= -1|s< -1",
    "turn: ; callback, \\d+ instructions",
    "add: ; sub-program, \\d+ instructions",
    "; Value.a",
  ])
    assert.match(listing, new RegExp(part));
  assert.equal(asm.describe(text, text.list.length - 1), "exit");
});

test("a log of the verifier gets the lines of TypeScript, and its end is explained", () => {
  const text = gate.write({ traced: true });
  const log = [
    "0: R1=ctx() R10=fp0",
    "; gate:0 @ gate:0",
    "0: (61) r6 = *(u32 *)(r1 +0)          ; R1=ctx() R6_w=pkt(r=0)",
    "5: (69) r5 = *(u16 *)(r6 +12)         ; R5_w=scalar() R6=pkt(r=14)",
    "9: (bf) r5 = r6",
    "10: (07) r5 += 34",
    "26: (db) lock *(u64 *)(r0 +0) += r5",
    "R0 invalid mem access 'map_value_or_null'",
    "processed 23 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 0",
    "",
  ].join("\n");
  const told = asm.withSources(log, text).split("\n");
  assert.equal(told.filter((row) => row.startsWith("-- ")).length, 3);
  assert.equal(told.filter((row) => row.startsWith("; ")).length, 0);
  assert.deepEqual(
    told.filter((row) => !row.startsWith("-- ")),
    log.split("\n").filter((row) => !row.startsWith("; ")),
  );
  const explanation = asm.explain(log, text);
  assert.equal(explanation.reason, "R0 invalid mem access 'map_value_or_null'");
  assert.equal(explanation.instruction, 26);
  assert.equal(explanation.function, "gate");
  assert.match(explanation.site!.file, /gate\.[jt]s$/);
  if (mapped) {
    assert.deepEqual(
      told.filter((row) => row.startsWith("-- ")),
      ["-- gate.ts:21", "-- gate.ts:22", "-- gate.ts:27"],
    );
    assert.equal(explanation.site!.line, 27);
  }
});

test("without a trace nothing is said about lines, and what names no instruction is given as it is", () => {
  const text = gate.write();
  assert.doesNotMatch(asm.disassemble(text), / -- /);
  assert.deepEqual(asm.explain("back-edge from insn 3 to 1\nprocessed 0 insns\n", text), {
    reason: "back-edge from insn 3 to 1",
    instruction: undefined,
    function: undefined,
    site: undefined,
  });
});

test("a site is the first place outside the library", () => {
  const error = new Error();
  const here = new URL(import.meta.url).pathname.replace(/\/(dist\/)?src\/asm\/.*/, "");
  const at = (stack: string) => {
    const made = new Error();
    made.stack = stack;
    return asm.siteOf(made);
  };
  assert.deepEqual(
    at(`Error
    at FunctionBuilder.add (${here}/src/asm/function-builder.ts:60:35)
    at get source [as source] (file://${here}/dist/src/asm/view.js:1:2)
    at file:///home/a%20b/program.ts:12:7`),
    { file: "/home/a b/program.ts", line: 12, column: 7 },
  );
  assert.deepEqual(at("Error\n    at work (/x/src/asm/view.ts:3:4)"), {
    file: "/x/src/asm/view.ts",
    line: 3,
    column: 4,
  });
  assert.equal(
    at(`Error\n    at write (${here}/src/asm/program.ts:1:1)\n    at main (/x/main.ts:1:1)`),
    undefined,
  );
  assert.equal(asm.siteOf(undefined), undefined);
  assert.match(asm.siteOf(error)!.file, /listing\.test\.[jt]s$/);
});
