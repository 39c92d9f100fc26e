import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/package-root.js";

export interface SmallConfig {
  readonly name: string;
  readonly text: string;
}

const defaults = (mode: string) =>
  `defaults\n  mode ${mode}\n  timeout client 10s\n  timeout connect 5s\n  timeout server 10s\n`;

/**
 * The configurations of test/fixtures/haproxy/configs.txt. Each begins with "=== NAME";
 * "@http" and "@tcp" stand for a defaults section, "@nolf" for an end without one.
 */
export function smallConfigs(): readonly SmallConfig[] {
  const text = readFileSync(join(packageRoot, "test/fixtures/haproxy/configs.txt"), "latin1");
  const parts = text.split(/^=== (.*)\n/m).slice(1);
  return Array.from({ length: parts.length / 2 }, (_, at) => ({
    name: parts[2 * at]!,
    text: parts[2 * at + 1]!.replaceAll("@http\n", defaults("http"))
      .replaceAll("@tcp\n", defaults("tcp"))
      .replaceAll("@nolf\n", ""),
  }));
}
