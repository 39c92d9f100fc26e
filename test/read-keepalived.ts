import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ReadResult, readConfig } from "../src/config/keepalived/index.js";

/** What a text means that stands in a keepalived.conf. */
export function readText(text: string): ReadResult {
  const folder = mkdtempSync(join(tmpdir(), "rondo-conf-"));
  try {
    const path = join(folder, "keepalived.conf");
    writeFileSync(path, text);
    return readConfig(path, { configId: "test" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
