// `rondo lab` with directors that direct nothing: what the lab itself does is tested with it.
import { run } from "../../src/cli/lab.js";
import type { DirectorControl } from "../../src/lab/index.js";

const idle: DirectorControl = {
  setUp: async () => {},
  takeTunnels: async () => {},
  leaveTunnels: async () => {},
  statistics: async () => "nothing\n",
  release: () => {},
};

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  director: idle,
});
