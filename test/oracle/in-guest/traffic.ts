import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { AF_INET, close, inetAddress, SOCK_DGRAM, sendTo, socket } from "../../../src/sys/index.js";
import { IpAddress } from "../../../src/wire/address.js";
import { place, type Told } from "./vs-place.js";

const listings = ["-Lcn", "-Ln", "-Ln --stats", "-Ln --stats --exact", "-Ln --persistent-conn"];

/** Without the times left, which go down while one lists after the other. */
const timeless = ({ output, status }: Told): Told => ({
  output: output.replaceAll(/^(TCP|UDP|IP ) \d\d:[0-5]\d /gm, "$1 MM:SS "),
  status,
});

/** Connections of this host to services of its own: their servers refuse or swallow what comes, which makes entries all the same. */
export async function compareTraffic(): Promise<void> {
  using here = place();
  const commands = [
    "-A -t 10.66.0.1:80 -s rr -p 100",
    "-a -t 10.66.0.1:80 -r 127.0.0.1:8080 -m",
    "-A -u 10.66.0.1:53 -s rr",
    "-a -u 10.66.0.1:53 -r 127.0.0.1:5353 -m",
    "-A -t [::1]:80 -s rr",
    "-a -t [::1]:80 -r [::1]:8080 -m",
  ];
  for (const { output, status } of await here.ours(commands)) assert.equal(`${output}${status}`, "0");
  for (const [host, port] of [
    ["10.66.0.1", 80],
    ["::1", 80],
  ] as const)
    here.run("/bin/nc", ["-w", "1", host, `${port}`]);
  here.inside(() => {
    const datagrams = socket(AF_INET, SOCK_DGRAM);
    sendTo(datagrams, Buffer.from("a datagram"), inetAddress(IpAddress.of("10.66.0.1").bytes, 53));
    close(datagrams);
  });
  // The kernel adds its counters up every two seconds, and connections end: what is compared has to be of one moment.
  for (let tries = 0; ; tries++) {
    const before = here.real(listings).map(timeless);
    const ours = (await here.ours(listings)).map(timeless);
    if (isDeepStrictEqual(before, here.real(listings).map(timeless)) || tries === 20) {
      assert.deepEqual(ours, before);
      break;
    }
    await pause(100);
  }
  const [{ output } = assert.fail("nothing was listed")] = await here.ours(["-Lcn"]);
  assert.throws(() => here.plane.flushConnections({}), /the kernel's IPVS can't end single connections/);
  for (const kind of [
    /^TCP .* 10\.66\.0\.1:80 /m,
    /^UDP .* 10\.66\.0\.1:53 /m,
    /^TCP .* \[::1\]:80 /m,
    /:0 +10\.66\.0\.1:80 /m,
  ])
    assert.match(output, kind);
}
