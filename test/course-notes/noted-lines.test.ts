import assert from "node:assert/strict";
import { test } from "node:test";
import { topologies } from "../../src/lab/index.js";
import { kinds, type NotedLine, nameOf, notedLines, opensFile, typedLines } from "./noted-lines.js";
import { faultOf, scriptOf, typedOf } from "./transcript.js";
import { walks } from "./walks.js";

const offenders = (isWrong: (line: NotedLine, index: number) => boolean) =>
  notedLines.filter(isWrong).map(nameOf);

test("the table has the fields that it should, and every line once, in order", () => {
  const known = ["note", "line", "text", "where", "kind", "typed", "status", "shows", "why"];
  assert.deepEqual(
    offenders((line) => Object.keys(line).some((key) => !known.includes(key)) || !kinds.includes(line.kind)),
    [],
  );
  assert.deepEqual(
    offenders(({ note, line, text }) => !/^00[0-4]$/.test(note) || line < 1 || text !== text.trim()),
    [],
  );
  const place = ({ note, line }: NotedLine) => Number(note) * 1000 + line;
  assert.deepEqual(
    offenders((line, index) => index > 0 && place(line) <= place(notedLines[index - 1]!)),
    [],
  );
});

test("what isn't typed as it is has a reason", () => {
  assert.deepEqual(
    offenders(({ kind, status, why }) => (kind !== "as it is" || status !== undefined) && !why),
    [],
  );
});

test("a line as it is loses nothing but words and remarks around it", () => {
  const before = /^$|^\[root@lvs01 [^\]]*\]# $|[\u4e00-\u9fff]/;
  const behind = /^$|^\t|^\s+#|^\s+[\u4e00-\u9fff]/;
  assert.deepEqual(
    offenders(({ kind, typed, text }) => {
      if (kind !== "as it is" || typed === undefined) return false;
      const at = text.indexOf(typed);
      return at < 0 || !before.test(text.slice(0, at)) || !behind.test(text.slice(at + typed.length));
    }),
    [],
  );
});

test("a line that is mistyped is put right", () => {
  assert.deepEqual(
    offenders(
      ({ kind, typed, text }) => kind === "mistyped" && (typed === undefined || text.includes(typed)),
    ),
    [],
  );
});

test("what is typed has a host of a topology; what isn't has none", () => {
  const hosts = topologies.flatMap(({ name, hosts: all }) => all.map((host) => `${name}/${host.name}`));
  assert.deepEqual(
    offenders((line) => (typedLines.includes(line) ? !hosts.includes(line.where) : line.where !== "")),
    [],
  );
});

test("a file's lines follow what opens it, on the same host", () => {
  const before = (index: number) =>
    notedLines.slice(0, index).findLast(({ kind }) => kind !== "file" && kind !== "not applicable");
  assert.deepEqual(
    offenders((line, index) => {
      const opener = before(index);
      return line.kind === "file" && !(opener && opensFile(opener) && opener.where === line.where);
    }),
    [],
  );
});

test("the walks type every line that can be typed once, where the table says", () => {
  const typed = walks.flatMap(({ topology, parts, watched }) =>
    [...parts.flatMap(({ steps }) => steps), ["director", ...(watched ? [watched.line] : [])]].flatMap(
      ([host, ...steps]) =>
        steps
          .flatMap(typedOf)
          .flatMap(({ lines }) => lines)
          .map((line) => ({ line, where: `${topology}/${host}` })),
    ),
  );
  assert.deepEqual(
    typed.filter(({ line, where }) => line.where !== where).map(({ line, where }) => [nameOf(line), where]),
    [],
  );
  assert.deepEqual(typed.map(({ line }) => nameOf(line)).sort(), typedLines.map(nameOf).sort());
});

test("a step becomes what is typed", () => {
  const texts = (step: string) => typedOf(step).map(({ text }) => text);
  assert.deepEqual(texts("+ ipvsadm -C"), ["ipvsadm -C"]);
  assert.deepEqual(texts("001:64-65"), ["ipvsadm -C", "ipvsadm -At 8.8.8.8:80 -s rr"]);
  assert.deepEqual(texts("003:114-117"), [
    "cat >> /etc/sysctl.conf << 'END'\nnet.ipv4.ip_forward=1\nEND",
    "sysctl  -p",
  ]);
  assert.deepEqual(texts("003:147"), [
    "( cd /etc/sysconfig/networl-scripts/ )",
    "cd /etc/sysconfig/network-scripts/",
  ]);
  assert.deepEqual(
    typedOf("001:131-132 again").flatMap(({ lines }) => lines),
    [],
  );
  assert.throws(() => typedOf("001:1"), RangeError);
  assert.throws(() => typedOf("003:150"), /003:150: a file's line without its file/);
});

test("a line that does other than it should is found", () => {
  const typed = [...typedOf("+ true"), ...typedOf("001:50"), ...typedOf("001:104"), ...typedOf("002:13")];
  assert.match(scriptOf(typed), /^true\nprintf .* 0 \$\?\nroute -n\n/);
  const said = (statuses: number[], route = "192.168.10.0") =>
    ["", `${route}\n`, "SIOCDELRT: No such process\n", ""]
      .map((text, index) => (index in statuses ? `${text}\n::${index} ${statuses[index]}\n` : ""))
      .join("");
  assert.equal(faultOf(typed, said([0, 0, 7, 1])), undefined);
  assert.equal(faultOf(typed, said([0, 0, 7, 0])), undefined);
  assert.match(faultOf(typed, said([0, 1, 7, 0]))!, /^route -n\nhas status 1/);
  assert.match(faultOf(typed, said([0, 0, 0, 0]))!, /^route del default\nhas status 0/);
  assert.match(faultOf(typed, said([0, 0, 7]))!, /^lsmod \| grep ip_vs\nnever ended/);
  assert.match(faultOf(typed, said([0, 0, 7, 0], "10.0.0.0"))!, /^route -n\ndoes not show 192\.168\.10\.0/);
  assert.match(faultOf(typed, "")!, /^true\nnever ended/);
});
