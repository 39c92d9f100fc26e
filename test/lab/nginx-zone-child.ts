import { ConnectionZone } from "../../src/nginx/http/phases/limit-connections.js";
import { mapMemory } from "../../src/sys/index.js";

/** Enters and leaves a zone of limit_conn, as fast as it can, until it is killed. Words: the descriptor, the zone's bytes, its slot. */
const [fd, size, slot] = process.argv.slice(2).map(Number) as [number, number, number];
const memory = mapMemory(fd, ConnectionZone.bytes(size), { write: true });
const zone = new ConnectionZone("z", size, memory.bytes.buffer as ArrayBuffer, slot);
for (let turn = 0; ; turn++) {
  const key = `k${turn % 5}`;
  if (!zone.enter(key, 1000) || !zone.enter(key, 1000)) throw new Error("it is full");
  zone.leave(key);
  zone.leave(key);
  if (turn === 1000) process.send!("going");
}
