import { readFileSync } from "node:fs";
import { request } from "node:http";
import type { StoreFacts } from "../facts.js";
import { tryConnects } from "./connect.js";

type Store = Omit<StoreFacts, "result">;

/** Where a lab's web server is told its store (src/lab/store/place.ts). */
const placeFile = "/etc/rondo/store.json";

/** After a cable was plugged in it may take a second until it is asked anew by ARP who has the store's address; milliseconds. */
const leastToConnect = 2500;

/** The store that this host has files from, and whether it answers within `patience` milliseconds. */
export async function askStores(patience: number): Promise<StoreFacts[]> {
  const store = storeIn(textOf(placeFile));
  return store ? [{ ...store, result: await askFiles(store, patience) }] : [];
}

/** That it accepts connections says little: the kernel does that for a program that hangs. */
async function askFiles(store: Store, patience: number): Promise<StoreFacts["result"]> {
  const [tried] = await tryConnects([store], Math.max(patience, leastToConnect));
  if (tried!.result !== "answered") return tried!.result;
  const { address, port } = store;
  return new Promise((resolve) => {
    const asked = request({ host: address, port, path: "/", agent: false, timeout: patience }, (response) => {
      resolve(response.statusCode === 200 ? "answered" : "failing");
      asked.destroy();
    });
    asked.on("timeout", () => {
      resolve("stuck");
      asked.destroy();
    });
    asked.on("error", () => resolve("failing"));
    asked.end();
  });
}

/** { "name": "store", "address": "192.168.2.50", "port": 8049 } */
export function storeIn(text: string): Store | undefined {
  try {
    const { name, address, port } = JSON.parse(text);
    const fits = typeof name === "string" && typeof address === "string" && typeof port === "number";
    return fits ? { name, address, port } : undefined;
  } catch {
    return undefined; // Most hosts have none.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
