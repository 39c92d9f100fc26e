import { answersAt, putAnswers } from "./answers-attached.js";
import { loadDirector } from "./attach.js";
import { attachments, forgetGone, put } from "./attached.js";
import type { HostNetwork } from "./host-network.js";
import { forgetSharedProgram } from "./shared-program.js";
import type { DirectorState, KnownTable } from "./state.js";

/**
 * Puts a program that knows of this connection table in the place of every one at an interface: of those that see what comes
 * in, and of those that see what a server on this host answers.
 */
export function replaceAll(state: DirectorState, host: HostNetwork, table: KnownTable): void {
  forgetGone(state, host);
  const attached = attachments(state, host);
  if (attached.every(({ attachment }) => attachment === "xdp")) forgetSharedProgram(state);
  for (const { link, attachment } of attached) {
    const program = loadDirector(state, link, attachment === "xdp" ? "xdp" : "tc", table);
    try {
      put(state, host, link, program, attachment);
    } finally {
      program.close();
    }
  }
  for (const link of host.network.links.list())
    if (answersAt(state, host, link)) putAnswers(state, host, link, table);
}
