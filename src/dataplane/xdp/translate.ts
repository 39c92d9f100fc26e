import { callHelper, context, give, globalSubprogram, type Hook, U32, u32 } from "../../asm/index.js";
import { NextHop } from "./layout.js";
import { servers } from "./maps.js";
import { rewrite } from "./rewrite.js";

/**
 * NAT's way to the server: makes the function that sends the packet in the context to a server (its index), to a port (as it
 * stands in a header), and gives the verdict.
 */
export function translator(hook: Hook) {
  return globalSubprogram("translate", [context, u32, u32], u32, (ctx, number, port) => {
    const server = servers.at(number);
    const address = (family: 4 | 6) =>
      Array.from({ length: family === 4 ? 1 : 4 }, (_, i) => server.address.word(4 * i));
    rewrite(hook, ctx, { side: "destination", address, port }, (ethernet) => {
      ethernet.write(NextHop, "destination", server.nextHop);
      give(new U32(callHelper("redirect", server.device, 0)));
    });
  });
}
