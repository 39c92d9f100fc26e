import type { Socket } from "node:net";

/**
 * Makes two connections one: what either end says reaches the other, no faster than it is taken there. A half that is closed
 * is closed there, too, and the other half goes on; who breaks off breaks off both. Both sockets have to allow half-open
 * connections; one may still be connecting.
 */
export function joinSockets(one: Socket, other: Socket): void {
  handOn(one, other);
  handOn(other, one);
}

function handOn(from: Socket, to: Socket): void {
  from.pipe(to);
  from.once("error", () => reset(to));
}

/** Breaks a connection off, so that its other end doesn't take what it got for all there is. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  socket.on("error", () => {}); // Whatever it has to say now.
  // One that isn't connected yet has nobody to tell, and would wait for him.
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
