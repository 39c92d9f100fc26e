import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../../../src/config/nginx/index.js";
import type { Surroundings } from "../../../../src/nginx/http/compile/build.js";
import { compileHttp, type HttpAddress } from "../../../../src/nginx/http/compile/http.js";
import { tlsServerOf } from "../../../../src/nginx/http/compile/tls.js";
import { type HttpRun, startHttp } from "../../../../src/nginx/http/role.js";
import { LogFile } from "../../../../src/nginx/log/log-file.js";
import { SharedMemory } from "../../../../src/proxy/index.js";

/** Our role in this process, by a configuration's text. What it logs is kept for who looks why. */
export async function ours(text: string, folder: string): Promise<HttpRun & { readonly logged: string[] }> {
  const path = join(folder, "ours.conf");
  writeFileSync(path, text, "latin1");
  const result = readConfig(path, { prefix: folder });
  if (!result.ok) throw new Error(result.diagnostics.map(({ printed }) => printed).join("\n"));
  const logged: string[] = [];
  const errorLog = (level: string, sentence: string) => void logged.push(`${level}: ${sentence}`);
  const surroundings: Surroundings = {
    memory: new SharedMemory(),
    prefix: `${folder}/`,
    confPrefix: `${folder}/`,
    logFile: (file, options) => new LogFile(file, options),
    errorLog,
    software: "nginx/1.22.1",
    version: "1.22.1",
    temporaryFolder: folder,
    makeFolder: (path) => void mkdirSync(path, { recursive: true }),
  };
  const http = compileHttp(result.main.all("http")[0]!, surroundings);
  if (http.findings.length > 0) throw new Error(http.findings.map(({ message }) => message).join("\n"));
  const made = new Map(
    http.addresses
      .filter(({ listen }) => listen.ssl)
      .map((address) => [address, tlsServerOf(address, surroundings)]),
  );
  const tlsOf = (address: HttpAddress) => made.get(address);
  const run = await startHttp(http, { socketOf: () => undefined, tlsOf, log: errorLog });
  return { quit: () => run.quit(), stop: () => run.stop(), logged };
}
