import type { Cache } from "./cache.js";

/**
 * `show cache`: what caches hold. Numbers of objects stand where HAProxy prints addresses.
 *
 *     0x1: NAME (shctx:0x1, available blocks:3072)
 *     0x5 hash:3141592653 vary:0x0000000000000000 size:190 (1 blocks), refcount:0, expire:17
 */
export function showCaches(caches: Iterable<Cache>, nowSeconds: number): string {
  const lines: string[] = [];
  let number = 0;
  for (const cache of caches) {
    number++;
    const store = cache.blocks;
    store.locked(() => {
      lines.push(`0x${number}: ${cache.name} (shctx:0x${number}, available blocks:${store.available})`);
      for (const object of [...store.indexed()]) {
        const left = store.time(object, "expires") - nowSeconds;
        if (left <= 0) {
          store.unindex(object);
          continue;
        }
        const key = Buffer.alloc(8);
        for (const [at, word] of store.secondaryKey(object).entries()) key.writeUInt32LE(word, 4 * at);
        const size = `${store.get(object, "bytes")} (${store.get(object, "blocks")} blocks)`;
        lines.push(
          `0x${object.toString(16)} hash:${store.hash(object)} vary:0x${key.toString("hex")} ` +
            `size:${size}, refcount:${store.get(object, "users")}, expire:${left}`,
        );
      }
    });
  }
  return lines.map((line) => `${line}\n`).join("");
}
