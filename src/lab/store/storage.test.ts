import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { Refusal } from "./refusal.js";
import { Storage } from "./storage.js";

const folder = mkdtempSync(join(tmpdir(), "rondo-storage-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let number = 0;

function fresh(room?: number): { root: string; storage: Storage } {
  const root = join(folder, `${++number}`, "www");
  return { root, storage: new Storage(root, room) };
}

async function* chunks(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}

const put = (storage: Storage, path: string, ...texts: string[]) => storage.write(path, chunks(...texts));

async function got(storage: Storage, path: string): Promise<string> {
  const { file } = await storage.open(path);
  const text = await file.readFile("utf8");
  await file.close();
  return text;
}

/** The status that something is refused with. */
async function refused(work: () => unknown): Promise<number> {
  const error = await Promise.resolve()
    .then(work)
    .catch((thrown: unknown) => thrown);
  assert.ok(error instanceof Refusal, String(error));
  return error.status;
}

test("files come and go, and a folder tells what is in it", async () => {
  const { storage } = fresh();
  const first = await put(storage, "/a/b.txt", "one ", "two");
  assert.equal(first.made, true);
  assert.equal(await got(storage, "/a/b.txt"), "one two");
  const second = await put(storage, "/a/b.txt", "three");
  assert.equal(second.made, false);
  assert.notEqual(second.tag, first.tag);
  const { file, tag } = await storage.open("/a/b.txt");
  await file.close();
  assert.equal(tag, second.tag);
  assert.deepEqual(storage.list("/"), [{ name: "a/", bytes: 0 }]);
  assert.deepEqual(storage.list("/a/"), [{ name: "b.txt", bytes: 5 }]);
  assert.equal(await refused(() => storage.open("/a")), 301);
  assert.equal(await refused(() => storage.open("/a/c")), 404);
  assert.equal(await refused(() => storage.open("/a/b.txt/c")), 404);
  assert.equal(await refused(() => storage.list("/a/b.txt/")), 404);
  assert.equal(await refused(() => put(storage, "/a", "x")), 409);
  assert.equal(await refused(() => put(storage, "/a/", "x")), 400);
  assert.equal(await refused(() => put(storage, "/a/b.txt/c", "x")), 409);
  assert.equal(await refused(() => storage.remove("/a/")), 409);
  assert.equal(await refused(() => storage.remove("/a")), 409);
  assert.equal(await refused(() => storage.remove("/")), 403);
  storage.remove("/a/b.txt");
  assert.equal(await refused(() => storage.remove("/a/b.txt")), 404);
  storage.remove("/a/");
  assert.deepEqual(storage.list("/"), []);
});

test("links lead nowhere outside, neither to read nor to write nor to remove", async () => {
  const { root, storage } = fresh();
  const outside = join(root, "..", "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "secret"), "secret");
  symlinkSync(outside, join(root, "folder"));
  symlinkSync(join(outside, "secret"), join(root, "file"));
  symlinkSync(join(outside, "nothing"), join(root, "dangling"));
  symlinkSync("loop", join(root, "loop"));
  assert.equal(await refused(() => storage.open("/file")), 403);
  assert.equal(await refused(() => storage.open("/folder/secret")), 403);
  assert.equal(await refused(() => storage.list("/folder/")), 403);
  assert.equal(await refused(() => put(storage, "/folder/new", "x")), 403);
  assert.equal(await refused(() => put(storage, "/folder/deep/new", "x")), 403);
  assert.equal(await refused(() => put(storage, "/dangling/new", "x")), 404);
  assert.equal(await refused(() => storage.remove("/folder/secret")), 403);
  assert.equal(await refused(() => storage.open("/loop")), 404);
  // A link itself is a file like others: what is written takes its place.
  await put(storage, "/file", "mine");
  await put(storage, "/dangling", "mine, too");
  assert.equal(await got(storage, "/file"), "mine");
  assert.equal(await got(storage, "/dangling"), "mine, too");
  assert.deepEqual(readdirSync(outside), ["secret"]);
  assert.equal(readFileSync(join(outside, "secret"), "utf8"), "secret");
  // One that stays within is followed.
  symlinkSync("file", join(root, "inner"));
  assert.equal(await got(storage, "/inner"), "mine");
});

test("what breaks off leaves what was there, and nothing else", async () => {
  const { root, storage } = fresh();
  await put(storage, "/page", "old");
  async function* broken() {
    yield Buffer.from("new, but");
    throw new Error("broken off");
  }
  await assert.rejects(storage.write("/page", broken()), /broken off/);
  assert.equal(await got(storage, "/page"), "old");
  assert.deepEqual(readdirSync(`${root}.incoming`), []);
  // One that was killed leaves a part behind: the next one removes it.
  writeFileSync(join(`${root}.incoming`, "part"), "new, but");
  assert.equal(await got(new Storage(root), "/page"), "old");
  assert.deepEqual(readdirSync(`${root}.incoming`), []);
});

test("whoever reads while many write sees one of them whole", async () => {
  const { storage } = fresh();
  const size = 200_000;
  const letters = [..."abcdefgh"];
  const whole = (letter: string) => chunks(...Array.from({ length: 10 }, () => letter.repeat(size / 10)));
  await storage.write("/page", whole("a"));
  let writing = true;
  const writers = Promise.all(letters.map((letter) => storage.write("/page", whole(letter)))).finally(() => {
    writing = false;
  });
  for (let reads = 0; writing || reads < 5; reads++) {
    const text = await got(storage, "/page");
    assert.equal(text, text[0]!.repeat(size));
  }
  await writers;
});

test("it takes no more than there is room, said before or not; what is removed, also by hand, makes room", async () => {
  const { root, storage } = fresh(100_000);
  await put(storage, "/a", "x".repeat(60_000));
  assert.equal(await refused(() => put(storage, "/b", "x".repeat(30_000), "x".repeat(30_000))), 507);
  assert.equal(await refused(() => storage.write("/b", chunks(), 60_000)), 507);
  assert.deepEqual(storage.list("/"), [{ name: "a", bytes: 60_000 }]);
  rmSync(join(root, "a"));
  await put(storage, "/b", "x".repeat(90_000));
  storage.remove("/b");
  await put(storage, "/c", "x".repeat(90_000));
  // Two at once count together.
  const both = await Promise.allSettled([1, 2].map((each) => put(storage, `/${each}`, "x".repeat(6000))));
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  // Empty files take their place, too.
  const { storage: small } = fresh(5 * 4096);
  let made = 0;
  while (made < 100 && (await put(small, `/${made}`, "").catch(() => undefined))) made++;
  assert.ok(made > 0 && made < 10, `${made}`);
});

test("any order of writing and removing is as a table of names would have it", async () => {
  const path = fc.constantFrom("/a", "/b", "/c/d", "/c/e");
  const step = fc.oneof(
    fc.record({ path, text: fc.string({ maxLength: 10 }) }),
    fc.record({ path, text: fc.constant(undefined) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { storage } = fresh();
      const table = new Map<string, string>();
      for (const { path, text } of steps) {
        if (text !== undefined) {
          assert.equal((await put(storage, path, text)).made, !table.has(path));
          table.set(path, text);
        } else if (table.delete(path)) storage.remove(path);
        else assert.equal(await refused(() => storage.remove(path)), 404);
      }
      for (const path of ["/a", "/b", "/c/d", "/c/e"])
        assert.equal(await got(storage, path).catch(() => undefined), table.get(path));
    }),
    { numRuns: 30 },
  );
});
