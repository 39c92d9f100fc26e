import { hasFeature, listPins, loadWritten } from "../../bpf/index.js";
import type { Link } from "../../netlink/index.js";
import type { AttachFailure } from "./attach.js";
import { type Attachment, attachmentOf, attachments, detach, put } from "./attached.js";
import { givenBy, givenMac, givenSecrets } from "./given.js";
import type { HostNetwork } from "./host-network.js";
import { Method, Ready, Server, Use } from "./layout.js";
import { localAnswers } from "./local-answer.js";
import type { DirectorState, KnownTable } from "./state.js";

/**
 * Sees to it that what leaves by the director's interfaces is looked at while there are real servers on this host, and not
 * when there are none. Interfaces that are not the director's any more lose it, too. `anew`: where there is a program already,
 * another one takes its place. Gives the interfaces that took none. Holds the lock.
 */
export function watchAnswers(
  state: DirectorState,
  host: HostNetwork,
  options: { anew?: readonly Link[] } = {},
): AttachFailure[] {
  const wanted = hasLocalServers(state);
  if (!wanted && !listPins(state.folder).some((name) => name.includes("_out_"))) return [];
  const mine = new Set(wanted ? attachments(state, host).map(({ link }) => link.index) : []);
  const anew = new Set(options.anew?.map(({ index }) => index));
  return host.network.links.list().flatMap((link) => {
    if (!mine.has(link.index)) {
      detach(state, host, link, "egress");
      return [];
    }
    if (!anew.has(link.index) && answersAt(state, host, link)) return [];
    try {
      putAnswers(state, host, link);
      return [];
    } catch (error) {
      return [{ link, error: error as Error }];
    }
  });
}

/** How the answers that leave by an interface are looked at, if they are. */
export const answersAt = (state: DirectorState, host: HostNetwork, link: Link): Attachment | undefined =>
  attachmentOf(state, host, link, "egress");

/** Puts a program at an interface that looks at what leaves by it, made for a connection table of this shape in these maps. */
export function putAnswers(
  state: DirectorState,
  host: HostNetwork,
  link: Link,
  { shape, maps }: KnownTable = state.knownTable,
): void {
  const program = loadWritten(localAnswers({ ...shape, mac: givenMac, secrets: givenSecrets }), maps, {
    given: givenBy(state, link),
    madeOf: shape,
  });
  try {
    const filtered = attachmentOf(state, host, link) === "clsact" || !hasFeature("tcx-links");
    put(state, host, link, program, filtered ? "clsact" : "tcx", "egress");
  } finally {
    program.close();
  }
}

const use = Server.offsetOf("use");
const method = Server.offsetOf("method");
const ready = Server.offsetOf("ready");
const counts = [Server.offsetOf("active"), Server.offsetOf("inactive")];

/** Whether a server is on this host, or was removed from there and has connections yet that are the director's. */
function hasLocalServers(state: DirectorState): boolean {
  const { memory } = state.servers;
  const words = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const end = state.settings.serversUsed * Server.size;
  for (let at = 0; at < end; at += Server.size) {
    if (memory[at + method] !== Method.local) continue;
    const now = words.getUint32(at + use, true);
    if (now === Use.live) return true;
    const isSilent = words.getUint32(at + ready, true) === Ready.removed;
    if (now === Use.removed && isSilent && counts.some((one) => words.getUint32(at + one, true) > 0))
      return true;
  }
  return false;
}
