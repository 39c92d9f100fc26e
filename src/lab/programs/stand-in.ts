// What a lab's host runs for systemctl, yum and the like: `stand-in.js LAB NAME WORDS…`, by shims that come first in PATH there.
// A program of its own, for it starts in half the time of `rondo lab`.
import { RondoError } from "../../errors.js";
import { standIn } from "../stand-ins/index.js";

const [lab = "", name = "", ...words] = process.argv.slice(2);
try {
  process.exitCode = await standIn(name, words, {
    lab,
    say: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
  });
} catch (error) {
  if (!(error instanceof RondoError)) throw error;
  process.stderr.write(`${name}: ${error.message}\n`);
  if (error.remedy !== undefined) process.stderr.write(`${error.remedy}\n`);
  process.exitCode = error.exitStatus;
}
