import { versionText } from "./nginx-help.js";
import { readNginxWords } from "./nginx-words.js";

/** `rondo nginx …`: see docs/manual/nginx.md. */
export async function run(argv: readonly string[]): Promise<number> {
  const words = readNginxWords(argv);
  if (typeof words === "string") {
    process.stderr.write(`nginx: ${words}\n`);
    return 1;
  }
  if (words.version) process.stderr.write(versionText(words));
  if (words.version && !words.test) return 0;
  if (words.test) return await (await import("./nginx-test.js")).testConfig(words);
  if (words.signal !== undefined)
    return (await import("./nginx-signal.js")).signalMaster(words, words.signal);
  return await (await import("./nginx-run.js")).runNginx(words, argv);
}
