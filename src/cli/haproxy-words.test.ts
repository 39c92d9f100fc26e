import assert from "node:assert/strict";
import { test } from "node:test";
import { readHaproxyWords } from "./haproxy-words.js";

const words = (...argv: string[]) => {
  const read = readHaproxyWords(argv);
  assert.equal(read.kind, "words");
  return (read as Extract<typeof read, { kind: "words" }>).words;
};

test("files come from every -f, and from behind --", () => {
  assert.deepEqual(words("-f", "a", "-f", "b", "--", "c", "-d").files, ["a", "b", "c", "-d"]);
});

test("an option is what its first letters say", () => {
  assert.equal(readHaproxyWords(["-vv"]).kind, "version");
  assert.equal(words("-dM", "-f", "a").debug, false);
  assert.equal(words("-db", "-f", "a").foreground, true);
  assert.equal(words("-d", "-f", "a").debug, true);
  assert.deepEqual(
    [words("-Ws").masterWorker, words("-Ws").systemd, words("-W").systemd],
    [true, true, false],
  );
});

test("-sf takes process ids up to the next option", () => {
  assert.deepEqual(words("-sf", "12", "34", "-D").oldProcesses, { signal: "SIGUSR1", pids: [12, 34] });
  assert.deepEqual(words("-st", "5").oldProcesses, { signal: "SIGTERM", pids: [5] });
  assert.equal(readHaproxyWords(["-sf", "x"]).kind, "alert");
  assert.equal(readHaproxyWords(["-sf", "0"]).kind, "usage");
});

test("-cc takes the condition behind it, also an empty one", () => {
  assert.equal(words("-cc", "").condition, "");
  assert.equal(words("-cc", "1 && 1").condition, "1 && 1");
});

test("what isn't known leads to the usage, and the word that was meant is named", () => {
  assert.deepEqual(readHaproxyWords(["--foo"]), { kind: "usage", alert: "unknown option --foo" });
  assert.equal(readHaproxyWords(["file.cfg"]).kind, "usage");
  assert.equal(readHaproxyWords(["-f"]).kind, "usage");
});
