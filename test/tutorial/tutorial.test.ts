import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { blocksOf, namedLab } from "./blocks.js";
import { notShown } from "./shown.js";

const tutorial = (name: string) =>
  blocksOf(readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8"));

test("both languages of the tutorial type the same, and show the same", () => {
  const blocks = (name: string) => tutorial(name).map(({ line: _, ...block }) => block);
  const english = blocks("tutorial.md");
  assert.deepEqual(blocks("tutorial.zh-CN.md"), english);
  assert.deepEqual([...new Set(english.map(({ step }) => step))], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("a block's commands, hosts, outputs and end", () => {
  const markdown = [
    "## 3. A step",
    "```sh",
    "# not typed",
    "```",
    "```console status=7",
    "# rondo lab up dr",
    "lab dr is up",
    "root@web1:/etc# cat > a << 'END'",
    "> # a line",
    "> END",
    "```",
    "```console meanwhile",
    "root@client:~# curl",
    "",
    "> not a command's line",
    "```",
  ].join("\n");
  assert.deepEqual(blocksOf(markdown), [
    {
      step: 3,
      line: 5,
      meanwhile: false,
      status: 7,
      typed: [
        { host: undefined, text: "rondo lab up dr", shows: ["lab dr is up"] },
        { host: "web1", text: "cat > a << 'END'\n# a line\nEND", shows: [] },
      ],
    },
    {
      step: 3,
      line: 12,
      meanwhile: true,
      status: 0,
      typed: [{ host: "client", text: "curl", shows: ["> not a command's line"] }],
    },
  ]);
});

test("blocks that can't be typed are refused", () => {
  for (const [markdown, said] of [
    ["```console sometimes\n# a\n```", /line 1: "sometimes" is none of/],
    ["```console\nan output\n```", /line 2: output of no command/],
    ["```console\n```", /a block without a command/],
    ["text\n```console\n# a", /line 2: a block without an end/],
  ] as const)
    assert.throws(() => blocksOf(markdown), said);
});

test("commands get another lab's name", () => {
  for (const [typed, named] of [
    ["rondo lab run dr --requests 4", "rondo lab run dr --requests 4"],
    ["rondo lab up dr --bare", "rondo lab up dr --name x --bare"],
    ["rondo lab status dr", "rondo lab status x"],
    [
      "rondo lab exec client curl -s http://192.168.4.15/",
      "rondo lab exec x/client curl -s http://192.168.4.15/",
    ],
    ["rondo lab loss 5% web1", "rondo lab loss 5% x/web1"],
    ["rondo lab traffic --seconds 8", "rondo lab traffic x --seconds 8"],
    ["rondo lab publish dr-store --port 8080", "rondo lab publish x --port 8080"],
    ["rondo doctor --lab dr --fix", "rondo doctor --lab x --fix"],
    ["rondo lab down dr", "rondo lab down x"],
  ] as const)
    assert.equal(namedLab(typed, "x"), named);
});

test("what is shown: in order, and the same but for what differs each time", () => {
  const output = [
    "TCP 01:58  FIN_WAIT    192.168.4.10:49270 192.168.4.15:80    192.168.4.200:80",
    "  -> 192.168.4.100:80             Route   1      0          2         ",
    "TCP  192.168.4.15:80                     5       30        0     1980        0",
  ].join("\n");
  const shown = (...lines: string[]) => assert.equal(notShown(lines, output), undefined);
  const missing = (...lines: string[]) => assert.equal(notShown(lines, output), lines.at(-1));
  shown("TCP 00:59  FIN_WAIT    192.168.4.10:50001 192.168.4.15:80    192.168.4.…:80", "…");
  shown("  -> 192.168.4.100:80  Route 1 0 2", "TCP  192.168.4.15:80   5   31   0   2032   0");
  missing("TCP 00:59  FIN_WAIT    192.168.4.10:50001 192.168.4.15:80    192.168.4.100:80");
  missing("TCP 00:59  SYN_RECV    192.168.4.10:50001 192.168.4.15:80    192.168.4.200:80");
  missing("  -> 192.168.4.100:80  Route 1 0 3");
  missing("  -> 192.168.4.100:8080  Route 1 0 2");
  missing("TCP  192.168.4.15:80   4   31   0   2032   0");
  missing("TCP  192.168.4.15:80   5   30   0   1980   0", "  -> 192.168.4.100:80  Route 1 0 2");
});
