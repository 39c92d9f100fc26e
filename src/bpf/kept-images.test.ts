import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { bytes, Given, struct, unless, xdp } from "../asm/index.js";
import { type ImageKey, keepImage, keptImage } from "./kept-images.js";
import { imageOf } from "./written.js";

const Header = struct("Header", { address: bytes(6) });
const image = imageOf(
  xdp("kept", (packet) => {
    const { address } = packet.header(Header);
    unless(address.is(new Given("mac", 6)), () => packet.drop());
    packet.pass();
  }),
);
const key = (buckets: number): ImageKey => ({
  program: "kept",
  hook: "xdp",
  madeOf: { buckets, seed: 1n },
  options: {},
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "kept-images-"));
  t.after(() => rmSync(path, { recursive: true }));
  return join(path, "rondo", "programs");
}

test("an image that was kept is what was written; another configuration's is none", (t) => {
  const within = folder(t);
  assert.equal(keptImage(key(1), within), undefined);
  keepImage(key(1), image, within);
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  assert.deepEqual([modeOf(dirname(within)), modeOf(within)], [0o755, 0o700]);
  assert.deepEqual(keptImage(key(1), within), image);
  assert.equal(keptImage(key(2), within), undefined);
  assert.equal(keptImage({ ...key(1), hook: "tc" }, within), undefined);
  assert.equal(keptImage({ ...key(1), options: { fragments: true } }, within), undefined);
});

test("what isn't whole, or may be somebody else's, isn't taken, and is written over", (t) => {
  const within = folder(t);
  keepImage(key(1), image, within);
  const path = join(within, readdirSync(within)[0]!);
  const whole = readFileSync(path, "utf8");
  const spoilt: Record<string, () => void> = {
    short: () => writeFileSync(path, whole.slice(0, -1)),
    empty: () => writeFileSync(path, ""),
    changed: () => writeFileSync(path, whole.replace("kept", "kepT")),
    "open to all": () => chmodSync(path, 0o666),
    "in a folder that is open to all": () => chmodSync(within, 0o777),
    "a link": () => {
      rmSync(path);
      writeFileSync(`${within}-elsewhere`, whole);
      symlinkSync(`${within}-elsewhere`, path);
    },
  };
  for (const [what, spoil] of Object.entries(spoilt)) {
    assert.deepEqual(keptImage(key(1), within), image, `before: ${what}`);
    spoil();
    assert.equal(keptImage(key(1), within), undefined, what);
    chmodSync(within, 0o700);
    keepImage(key(1), image, within);
  }
  assert.deepEqual(keptImage(key(1), within), image);
});

test("where nothing can be kept, nothing is", (t) => {
  const within = folder(t);
  mkdirSync(dirname(within));
  writeFileSync(within, "a file, not a folder");
  keepImage(key(1), image, within);
  assert.equal(keptImage(key(1), within), undefined);
  assert.equal(readFileSync(within, "utf8"), "a file, not a folder");
});

test("the oldest go when there are many", (t) => {
  const within = folder(t);
  for (let i = 0; i < 70; i++) {
    keepImage(key(i), image, within);
    const name = readdirSync(within).find((name) => !name.startsWith("x") && !seen.has(name))!;
    seen.add(name);
    utimesSync(join(within, name), 1000 + i, 1000 + i);
  }
  assert.equal(readdirSync(within).length, 64);
  assert.equal(keptImage(key(3), within), undefined);
  assert.deepEqual(keptImage(key(69), within), image);
});
const seen = new Set<string>();
