import type { Condition, U32 } from "../../asm/index.js";
import { ticks } from "./layout.js";
import type { ServerView } from "./track.js";

/**
 * The kernel keeps packets while it asks for a neighbour, three times in as many seconds, and then tells their senders that the
 * host can't be reached. Here they are dropped, and the third one of a connection (a client sends a SYN again after one second
 * and after three) is answered if nobody has said who has the address for so long.
 */
export const answeredPacket = 3;
const patience = ticks(2.5);
export const isSilent = (server: ServerView, tick: U32): Condition =>
  server.silentSince.isNot(0).and(tick.sub(server.silentSince).signedAtLeast(patience));
