import { writeSync } from "node:fs";
import { furtherThread } from "../daemon/haproxy/serve.js";
import { runThread } from "../daemon/haproxy/threads.js";
import { type ConfigSources, configOfSources } from "./haproxy-config.js";

/** A further thread of a process that serves (`nbthread`). */
export async function runFurtherThread(): Promise<number> {
  const write = (text: string) => {
    try {
      writeSync(2, text);
    } catch {
      // Nobody reads it.
    }
  };
  await runThread(furtherThread(async (sources) => configOfSources(sources as ConfigSources), write));
  return 0;
}
