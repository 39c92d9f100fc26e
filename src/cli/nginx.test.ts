import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { rondoPath } from "../package-root.js";

function folder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), "nginx-cli-"));
  t.after(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text, "latin1");
  return path;
}

const nginx = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [rondoPath, "nginx", ...words], {
    encoding: "latin1",
  });
  return { status, stdout, stderr };
};

test("-t says that a file is right", (t) => {
  const path = folder(t, { "a.conf": "events {}" });
  const file = join(path, "a.conf");
  const stderr = `nginx: the configuration file ${file} syntax is ok\nnginx: configuration file ${file} test is successful\n`;
  assert.deepEqual(nginx("-t", "-c", file), { status: 0, stdout: "", stderr });
  assert.deepEqual(nginx("-t", "-p", path, "-c", "a.conf"), { status: 0, stdout: "", stderr });
  assert.deepEqual(nginx("-tq", "-c", file), { status: 0, stdout: "", stderr: "" });
});

test("-t says what is wrong, with the column and the word that was meant", (t) => {
  const file = join(folder(t, { "a.conf": "events {}\nhttp {\n  sendfil on;\n}\n" }), "a.conf");
  assert.deepEqual(nginx("-t", "-c", file), {
    status: 1,
    stdout: "",
    stderr: `nginx: [emerg] unknown directive "sendfil" in ${file}:3
    at ${file}:3:3: Did you mean sendfile?
nginx: configuration file ${file} test failed
`,
  });
});

test("-t tells of directives that have no effect, unless it is to be quiet", (t) => {
  const file = join(folder(t, { "a.conf": "pcre_jit on;\nevents {}\n" }), "a.conf");
  assert.match(
    nginx("-t", "-c", file).stderr,
    /^nginx: \[notice\] "pcre_jit" directive has no effect: .* in .*a\.conf:1\n/,
  );
  assert.equal(nginx("-tq", "-c", file).stderr, "");
});

test("-T prints each file once, as it is", (t) => {
  const path = folder(t, { "a.conf": "include b;\ninclude b;", b: "# \xe9\nevents {}\n" });
  const twice = nginx("-T", "-c", join(path, "a.conf"));
  assert.match(twice.stderr, /"events" directive is duplicate/);
  assert.equal(twice.stdout, "");
  writeFileSync(join(path, "a.conf"), "include b;");
  assert.equal(
    nginx("-T", "-q", "-c", join(path, "a.conf")).stdout,
    `# configuration file ${path}/a.conf:\ninclude b;\n# configuration file ${path}/b:\n# \xe9\nevents {}\n\n`,
  );
});

test("-g, -v, -V, -h, and what can't be done", (t) => {
  const file = join(folder(t, { "a.conf": "events {}" }), "a.conf");
  assert.match(
    nginx("-t", "-c", file, "-g", "nothing;").stderr,
    /unknown directive "nothing" in command line/,
  );
  assert.deepEqual(nginx("-v"), { status: 0, stdout: "", stderr: "nginx version: nginx/1.22.1\n" });
  assert.match(
    nginx("-V").stderr,
    /^nginx version: nginx\/1\.22\.1\n[\s\S]*\nconfigure arguments: .*--with-http_v2_module.*--with-stream .*--without-http_ssi_module/,
  );
  assert.match(nginx("-h").stderr, /^nginx version: [\s\S]*\nUsage: nginx \[-\?hvVtTq\]/);
  assert.deepEqual(nginx("-x"), { status: 1, stdout: "", stderr: 'nginx: invalid option: "x"\n' });
  const missing = nginx("-t", "-c", "/no/such/file");
  assert.equal(missing.status, 1);
  assert.match(
    missing.stderr,
    /^nginx: \[emerg\] open\(\) "\/no\/such\/file" failed \(2: No such file or directory\)\n/,
  );
});
