import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { attach, detach, grow } from "../../src/dataplane/xdp/index.js";
import { lockRecording } from "../../src/dataplane/xdp/recording-lock.js";
import { isTraceDead } from "../../src/dataplane/xdp/trace-switch.js";
import { locked } from "./director-place.js";
import { start } from "./running.js";
import { type WidePlace, widePlace } from "./wide-place.js";

/** What a director has pinned: of a program at tc the name says what it was made of. */
const pinned = ({ state }: WidePlace) => readdirSync(state.folder).sort();
const isTracing = ({ state }: WidePlace) => existsSync(join(state.folder, "trace_filter"));

/** A trace by command, as soon as it follows packets. */
async function follow(place: WidePlace, where: RegExp) {
  const running = start(place.t, place.inside.bind(place), ["trace", "-n"]);
  await running.until(where);
  assert.ok(isTracing(place));
  return running;
}

test("a trace that is killed, with the table grown meanwhile, is put right by the next change", async (t) => {
  const place = widePlace(t);
  if (!place) return;
  const { state } = place;
  place.put(place.service({}), 1, { method: "droute" });
  const attachAt = (device: string, hook: "tc" | "xdp") =>
    locked(place, (host) => attach(state, host, host.network.links.get(device), hook));
  attachAt("eth0", "tc");
  const plain = pinned(place);

  const first = await follow(place, /^following .*, at eth0 \(tcx\);/m);
  const only = pinned(place).filter((name) => !plain.includes(name));
  assert.deepEqual(
    only.map((name) => name.replace(/_[\da-f]{16}$/, "")),
    ["trace_filter", "traced", "tracing"],
  );
  const refused = {
    code: "capture-running",
    message: "another capture or trace is running in this network namespace",
  };
  assert.throws(() => place.inside(lockRecording), refused);
  // A larger table's programs trace, too, and those of an interface that comes.
  locked(place, (host) => assert.equal(grow(state, host, 256), 0));
  attachAt("eth1", "xdp");
  assert.ok(isTracing(place));
  first.child.kill("SIGKILL");
  await first.end();
  assert.ok(place.inside(() => isTraceDead(state)) && isTracing(place));
  // Whatever changes something next puts plain programs back.
  place.service({ port: 81 });
  locked(place, (host) => detach(state, host, host.network.links.get("eth1")));
  const names = (pins: readonly string[]) => pins.map((name) => name.replace(/_[\da-f]{16}$|_\d+$/, ""));
  assert.deepEqual(names(pinned(place)), names(plain));
  assert.equal(state.settings.capturing, 0);
});
