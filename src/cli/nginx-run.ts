import { diskWorld } from "../config/haproxy/disk-world.js";
import { formatDiagnostics } from "../config/nginx/format.js";
import type { Diagnostic } from "../config/nginx/index.js";
import { daemonise, Journal, ownPart, read } from "../daemon/nginx/index.js";
import { mainSettings } from "../daemon/nginx/main-settings.js";
import { callsLinux } from "../sys/index.js";
import { nginxOptions } from "./nginx-options.js";
import type { NginxWords } from "./nginx-words.js";

/** Runs until it is told to end. The exit status. */
export async function runNginx(words: NginxWords, argv: readonly string[]): Promise<number> {
  const part = ownPart();
  const options = nginxOptions(words);
  if (part?.part === "worker")
    return await (await import("../daemon/nginx/worker.js")).runWorker(part, options);
  const journal = new Journal();
  const tell = (diagnostics: readonly Diagnostic[]) =>
    void process.stderr.write(formatDiagnostics(diagnostics), "latin1");
  if (!callsLinux()) {
    journal.write("emerg", "serving by an nginx.conf needs Linux here");
    return 1;
  }
  if (part === undefined) {
    // The daemon reads the files, too, and tells what is to be told; this process only waits for it.
    const result = read(options);
    if (!result.ok) {
      tell(result.diagnostics);
      return 1;
    }
    if (mainSettings(result.main, result.prefix, diskWorld, false).daemon)
      return await daemonise(argv, journal);
  }
  const { run } = await import("../daemon/nginx/run.js");
  process.exit(await run({ words: argv, options, journal, part, tell }));
}
