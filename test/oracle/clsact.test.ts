import assert from "node:assert/strict";
import { test } from "node:test";
import { lacksGuest, runGuest } from "./guest.js";
import { home, ourCommands } from "./ours.js";

// Debian 12's kernel has no tcx: there the director's tc hook is clsact, which the kernel that rondo was written on lacks. A client, a
// director, and a server behind it by NAT. It takes minutes on a busy machine, so RONDO_THOROUGH=1 asks for it.

const skip = process.env["RONDO_THOROUGH"] === "1" ? lacksGuest() : "needs RONDO_THOROUGH=1";

const script = `
set -e
rondo="node /${home}/bin/rondo"
attach() { # NAMESPACE NETWORK
  ip netns add "$1"
  ip link add "to-$1" type veth peer name eth0 netns "$1"
  ip addr add "$2.1/24" dev "to-$1"
  ip link set "to-$1" up
  ip -n "$1" addr add "$2.2/24" dev eth0
  ip -n "$1" link set lo up
  ip -n "$1" link set eth0 up
  ip -n "$1" route add default via "$2.1"
}
attach client 10.0.1
attach server 10.0.2
ip addr add 10.9.9.9/32 dev lo
$rondo ipvsadm -A -t 10.9.9.9:80 -s rr
$rondo ipvsadm -a -t 10.9.9.9:80 -r 10.0.2.2:8080 -m
$rondo director status
mkdir /www
echo answered >/www/index.html
ip netns exec server /bin/httpd -p 8080 -h /www
printf 'GET / HTTP/1.0\\r\\n\\r\\n' | ip netns exec client timeout 20 /bin/nc 10.9.9.9 80
$rondo ipvsadm -Ln --stats
`;

test("a request by NAT is directed by programs at clsact, on Debian's kernel", { skip }, async () => {
  const programs = ["node", "ip"];
  const { output, status } = await runGuest({
    files: ourCommands(),
    programs,
    script,
    memory: 1500,
    seconds: 500,
  });
  assert.equal(status, 0, output);
  assert.match(output, /^to-client +clsact$/m);
  assert.match(output, /^answered$/m);
  const [, connections, inPackets, outPackets] =
    /-> 10\.0\.2\.2:8080 +(\d+) +(\d+) +(\d+)/.exec(output) ?? assert.fail(output);
  assert.equal(connections, "1");
  assert.ok(Number(inPackets) >= 4 && Number(outPackets) >= 3, output);
});
