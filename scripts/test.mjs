// Runs every test: builds, then gives node's test runner all compiled *.test.js below dist/src and dist/test.
// Tests beside the code are quick, and a process for each file would take longer than they do: they are run some dozens in one process.
// Words after `npm test --` are parts of file names to run only those: `npm test -- asm/ cli/`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";

const root = new URL("..", import.meta.url).pathname;
process.chdir(root);

function testsBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return testsBelow(path);
    return name.endsWith(".test.js") ? [path] : [];
  });
}

const build = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
if (build.status !== 0) process.exit(build.status ?? 1);

const wanted = process.argv.slice(2);
const isWanted = (file) => wanted.length === 0 || wanted.some((part) => file.includes(part));
const beside = testsBelow("dist/src").filter(isWanted);
const apart = testsBelow("dist/test").filter(isWanted);
if (beside.length + apart.length === 0) {
  console.error(`no test file matches ${wanted.join(" ")}`);
  process.exit(1);
}

const batches = "dist/batches";
const filesInBatch = 20;

/** Files that import so many of the others each, and know the lines of their sources: some of them ask for these. */
function batched(files) {
  rmSync(batches, { recursive: true, force: true });
  if (files.length < filesInBatch) return files;
  mkdirSync(batches, { recursive: true });
  const count = Math.ceil(files.length / filesInBatch);
  return Array.from({ length: count }, (_, batch) => {
    const imports = files
      .filter((_, index) => index % count === batch)
      .map((file) => `import ${JSON.stringify(relative(batches, file))};\n`);
    // All are loaded before the first test begins: loading would hold it up. What is loaded has to find source maps switched on.
    writeFileSync(join(batches, `${batch}.files.js`), imports.join(""));
    const path = join(batches, `${batch}.test.js`);
    writeFileSync(path, `process.setSourceMapsEnabled(true);\nawait import("./${batch}.files.js");\n`);
    return path;
  });
}

// Those that wait for their labs first, one more at once than there are processors; those that only count fill the end.
const run = spawnSync(
  process.execPath,
  [
    // What fails is told with its line of the source where some tests are run. For all that are apart it would cost minutes: a packet program
    // that is written has a stack for each of its steps.
    ...(wanted.length > 0 ? ["--enable-source-maps"] : []),
    "--test",
    "--test-reporter=spec",
    `--test-concurrency=${availableParallelism() + 1}`,
    ...apart.toReversed(),
    ...batched(beside),
  ],
  { stdio: "inherit" },
);
process.exit(run.status ?? 1);
