// The file service of a store. Started by start-store.ts on the store's host, whose exports say what it gives to whom.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileService } from "../store/file-service.js";
import { exportsFile, sharedFolder } from "../store/place.js";
import { ownExports, type StoreConfig, storePidFile } from "../store/start-store.js";
import { Storage } from "../store/storage.js";

const config: StoreConfig = JSON.parse(process.argv[2] ?? "");
process.title = `rondo lab ${config.lab}: file service of ${config.host}`;

const exported = ownExports();
if (!exported) {
  console.error(`this host has no ${exportsFile}`);
  process.exit(1);
}
mkdirSync(join(exported.folder, sharedFolder), { recursive: true });
// A store may look at its own files.
const to = new Set([...exported.to, "127.0.0.1"]);
const server = fileService(new Storage(exported.folder), (address) => to.has(address));
server.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen(exported.port, "0.0.0.0", () => {
  writeFileSync(storePidFile, `${process.pid}\n`);
  process.stdout.write("ready\n");
});
