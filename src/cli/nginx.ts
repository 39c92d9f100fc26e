import { reportOf } from "../config/nginx/format.js";
import { readConfig } from "../config/nginx/index.js";
import { RondoError } from "../errors.js";
import { versionText } from "./nginx-help.js";
import { type NginxWords, readNginxWords } from "./nginx-words.js";

/** `rondo nginx …`: see docs/manual/nginx-conf.md. */
export async function run(argv: readonly string[]): Promise<number> {
  const words = readNginxWords(argv);
  if (typeof words === "string") {
    process.stderr.write(`nginx: ${words}\n`);
    return 1;
  }
  if (words.version) process.stderr.write(versionText(words));
  if (words.version && !words.test) return 0;
  if (words.test) return testConfig(words);
  throw new RondoError("not-there", "rondo nginx reads configurations, and doesn't run them yet", {
    remedy: "Use -t to test one.",
  });
}

/** -t and -T: says what is wrong with a configuration, and prints its files. */
function testConfig(words: NginxWords): number {
  // Texts of a configuration have one character a byte; so have the command line's here.
  const bytes = (text: string) => Buffer.from(text).toString("latin1");
  const result = readConfig(bytes(words.config), {
    prefix: bytes(words.prefix),
    globals: bytes(words.globals),
  });
  const { stderr, exitStatus } = reportOf(result, result.path, words);
  process.stderr.write(stderr, "latin1");
  if (!words.dump || exitStatus !== 0) return exitStatus;
  for (const { name, bytes: text } of result.files) {
    process.stdout.write(`# configuration file ${name}:\n`, "latin1");
    process.stdout.write(text);
    process.stdout.write("\n");
  }
  return 0;
}
