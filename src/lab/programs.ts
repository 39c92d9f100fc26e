import { fileURLToPath } from "node:url";

/** The file of one of the programs that a lab starts as processes of their own. */
export function programPath(name: "web-server" | "client" | "guardian"): string {
  return fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
}

/** `bin/rondo`, as a person would call it; run it with process.execPath. */
export const rondoPath = fileURLToPath(new URL("../../../bin/rondo", import.meta.url));
