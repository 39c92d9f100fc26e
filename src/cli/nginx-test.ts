import { formatDiagnostics } from "../config/nginx/format.js";
import { Journal } from "../daemon/nginx/journal.js";
import { read } from "../daemon/nginx/prepare.js";
import { testStart } from "../daemon/nginx/test-config.js";
import { nginxOptions } from "./nginx-options.js";
import type { NginxWords } from "./nginx-words.js";

/** -t and -T: says what is wrong with a configuration, and prints its files. */
export async function testConfig(words: NginxWords): Promise<number> {
  const options = nginxOptions(words);
  const result = read(options);
  const say = (text: string) => process.stderr.write(text, "latin1");
  say(formatDiagnostics(result.diagnostics, words));
  const failure = result.ok ? await testStart(result, options, new Journal()) : undefined;
  const isRead = result.ok && failure?.of !== "configuration";
  if (isRead && !words.quiet) say(`nginx: the configuration file ${result.path} syntax is ok\n`);
  if (failure !== undefined) say(`nginx: [emerg] ${failure.message}\n`);
  if (!result.ok || failure !== undefined) {
    say(`nginx: configuration file ${result.path} test failed\n`);
    return 1;
  }
  if (!words.quiet) say(`nginx: configuration file ${result.path} test is successful\n`);
  if (!words.dump) return 0;
  for (const { name, bytes } of result.files) {
    process.stdout.write(`# configuration file ${name}:\n`, "latin1");
    process.stdout.write(bytes);
    process.stdout.write("\n");
  }
  return 0;
}
