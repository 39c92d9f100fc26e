import { signalNumbers } from "../daemon/keepalived/signals.js";
import { RondoError } from "../errors.js";
import { didYouMean } from "../nearest.js";
import { usageError } from "./command-io.js";
import { keepalivedUsage } from "./keepalived-help.js";
import { keepalivedSettings } from "./keepalived-settings.js";
import { keepalivedVersion } from "./keepalived-version.js";
import { readKeepalivedWords } from "./keepalived-words.js";

/** `rondo keepalived …`: see docs/manual/keepalived.md. */
export async function run(words: readonly string[]): Promise<number> {
  const [first] = words;
  if (first === "--worker" && process.send) return await (await import("./keepalived-worker.js")).runWorker();
  if (first !== undefined && !first.startsWith("-")) {
    const { ask, askCommands } = await import("./keepalived-ask.js");
    if (!askCommands.some((name) => name === first))
      throw usageError(
        `there is no command keepalived ${first}${didYouMean(first, askCommands)}`,
        "Try `rondo keepalived --help`.",
      );
    return await ask(words, process.stdout);
  }
  const read = readKeepalivedWords(words);
  const { said } = read;
  if (said.has("help")) {
    process.stdout.write(keepalivedUsage);
    return 0;
  }
  if (said.has("version")) {
    process.stderr.write(`${keepalivedVersion}\n`);
    return 0;
  }
  if (said.has("signum")) return signum(said.get("signum")!);
  if (said.has("genhash"))
    throw new RondoError("genhash", "-T: there is no genhash here", {
      remedy: "A page's digest is its MD5 sum: curl -s URL | md5sum",
    });
  const settings = keepalivedSettings(read);
  if (said.has("config-test") || said.has("fix")) {
    const { testConfig } = await import("./keepalived-test.js");
    const { configId } = settings;
    return testConfig(
      {
        files: read.files,
        ...(configId !== undefined && { configId }),
        json: said.has("json"),
        fix: said.has("fix"),
        ...(said.get("config-test") && { log: said.get("config-test")! }),
      },
      process,
    );
  }
  return await (await import("./keepalived-run.js")).runKeepalived(settings, words);
}

function signum(name: string): number {
  const number = Object.hasOwn(signalNumbers, name)
    ? signalNumbers[name as keyof typeof signalNumbers]
    : undefined;
  if (number === undefined) {
    process.stderr.write(
      `Unknown sigfunc ${name}${didYouMean(name.toUpperCase(), Object.keys(signalNumbers))}\n`,
    );
    return 1;
  }
  process.stdout.write(`${number}\n`);
  return 0;
}
