import { RondoError } from "../errors.js";

/** Does something with a table, unless the director was reset meanwhile; then there is nothing to do it with. */
export function unlessReset<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RondoError && error.code === "state-gone") return undefined;
    throw error;
  }
}
