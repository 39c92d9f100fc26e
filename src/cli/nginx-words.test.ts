import assert from "node:assert/strict";
import { test } from "node:test";
import { type NginxWords, readNginxWords } from "./nginx-words.js";

const read = (...argv: string[]): Partial<NginxWords> => {
  const words = readNginxWords(argv);
  assert.ok(typeof words !== "string", String(words));
  return words;
};

test("letters stand together, values behind them or in the next word", () => {
  const {
    test: tests,
    quiet,
    config,
    prefix,
    globals,
    dump,
  } = read("-tqc", "a.conf", "-p/x", "-g", "daemon off;");
  assert.deepEqual(
    { tests, quiet, config, prefix, globals, dump },
    { tests: true, quiet: true, config: "a.conf", prefix: "/x", globals: "daemon off;", dump: false },
  );
  assert.equal(read("-T").test, true);
  assert.equal(read("-s", "reload").signal, "reload");
  assert.equal(read("-e", "stderr").errorLog, "");
  assert.deepEqual(
    [read("-?").help, read("-V").configure, read().config],
    [true, true, "/etc/nginx/nginx.conf"],
  );
});

test("what is wrong is told in nginx's words", () => {
  const said = [["x"], ["-z"], ["-c"], ["-p"], ["-g"], ["-e"], ["-s"], ["-s", "kill"], ["-tz"]].map((argv) =>
    readNginxWords(argv),
  );
  assert.deepEqual(said, [
    'invalid option: "x"',
    'invalid option: "z"',
    'option "-c" requires file name',
    'option "-p" requires directory name',
    'option "-g" requires parameter',
    'option "-e" requires file name',
    'option "-s" requires parameter',
    'invalid option: "-s kill"',
    'invalid option: "z"',
  ]);
});
