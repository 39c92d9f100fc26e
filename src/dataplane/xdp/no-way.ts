import { context, give, globalSubprogram, type Hook, u32, verdictsOf, when } from "../../asm/index.js";
import { Answer, type answerer } from "./answer.js";
import { tickNow } from "./clock.js";
import { count } from "./count.js";
import { Ready } from "./layout.js";
import { servers } from "./maps.js";
import { answeredPacket, isSilent } from "./silence.js";

/**
 * Makes the function for a packet to a server to which there is no way: its sender is told, in time (see silence.ts).
 * `packets` is how many there were of the connection, `told` as
 * {@link answerer} has it. Gives the verdict.
 */
export function noWay(hook: Hook, answer: ReturnType<typeof answerer>) {
  return globalSubprogram("no_way", [context, u32, u32, u32], u32, (ctx, number, packets, told) => {
    const server = servers.at(number);
    count("no_route");
    when(server.ready.is(Ready.noRoute), () => give(answer(ctx, Answer.noRoute, 0, told)));
    const tick = tickNow();
    const isLate = packets.atLeast(answeredPacket).and(isSilent(server, tick));
    when(server.ready.is(Ready.noNeighbour).and(isLate), () =>
      give(answer(ctx, Answer.noNeighbour, 0, told)),
    );
    return verdictsOf[hook].drop;
  });
}
