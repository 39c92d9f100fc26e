import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import { haproxyRelease } from "../config/haproxy/program.js";
import { Messages } from "../daemon/haproxy/messages.js";
import { rondoPath } from "../package-root.js";
import { haproxyUsage } from "./haproxy-help.js";
import { buildText, versionText } from "./haproxy-version.js";
import { readHaproxyWords } from "./haproxy-words.js";

/** What a further thread of ours is started with. */
const threadWord = "--thread";

/** `rondo haproxy …`: see docs/manual/haproxy.md. */
export async function run(argv: readonly string[]): Promise<number> {
  if (argv[0] === threadWord && !isMainThread)
    return await (await import("./haproxy-thread.js")).runFurtherThread();
  const messages = new Messages([
    `haproxy version is ${haproxyRelease}`,
    `path to executable is ${rondoPath}`,
  ]);
  const read = readHaproxyWords(argv);
  if (read.kind === "version") {
    process.stdout.write(read.build ? buildText(availableParallelism()) : versionText());
    return 0;
  }
  if (read.kind === "alert") {
    messages.alert(read.alert);
    return 1;
  }
  if (read.kind === "usage") return usage(messages, read.alert);
  const { words } = read;
  for (const warning of words.warnings) messages.warning(warning);
  if (words.condition !== undefined)
    return (await import("./haproxy-condition.js")).conditionHolds(words.condition, messages);
  if (words.files.length === 0) return usage(messages);
  return await (await import("./haproxy-run.js")).runHaproxy(words, argv, messages);
}

function usage(messages: Messages, alert?: string): number {
  if (alert !== undefined) messages.alert(alert);
  process.stdout.write(versionText());
  process.stderr.write(haproxyUsage);
  return 1;
}
