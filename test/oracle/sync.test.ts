import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { withNetworkNamespace } from "../../src/sys/index.js";
import { place } from "../lab/netlink-places.js";
import { rondo } from "../lab/running.js";
import { lacksGuest, runGuest } from "./guest.js";
import { home, ourCommands } from "./ours.js";

// Our sync daemons and the kernel's, in one guest: `k` directs by the kernel's IPVS, `o` by our program, and each tells the other of
// its connections. A client `c` and a server `s` with two addresses are on the same switch; the server has both VIPs, where nobody asks for them.

const rules = ["10.9.0.100", "10.9.0.101"].flatMap((vip) => [
  `-A -t ${vip}:80 -s rr`,
  `-a -t ${vip}:80 -r 10.9.0.50:80 -g`,
  `-a -t ${vip}:80 -r 10.9.0.51:80 -g`,
  `-A -u ${vip}:53 -s rr -p 300`,
  `-a -u ${vip}:53 -r 10.9.0.50:5353 -m`,
]);

const script = `
ours() { ip netns exec o node /${home}/bin/rondo "$@"; }
real() { ip netns exec k ipvsadm "$@"; }
ip link add br0 type bridge; ip link set br0 up
n=1
for name in k o c s; do
  ip netns add $name; ip -n $name link set lo up
  ip link add eth0 netns $name type veth peer name to_$name
  ip link set to_$name master br0 up; ip -n $name link set eth0 up; ip -n $name addr add 10.9.0.$n/24 dev eth0
  n=$((n+1))
done
ip -n k addr add 10.9.0.100/32 dev eth0; ip -n o addr add 10.9.0.101/32 dev eth0
ip netns exec s sh -c 'cd /proc/sys/net/ipv4/conf/all; echo 1 >arp_ignore; echo 2 >arp_announce'
for last in 50 51; do ip -n s addr add 10.9.0.$last/24 dev eth0; done
for last in 100 101; do ip -n s addr add 10.9.0.$last/32 dev lo; done
real -R <rules; ours ipvsadm -R <rules
real --start-daemon master --mcast-interface eth0 --syncid 7
real --start-daemon backup --mcast-interface eth0 --syncid 8
# As --start-daemon does it in the end: each start of node is dear here, and test/lab has the command itself.
daemon='"multicastInterface":"eth0","group":"224.0.0.81","port":8848,"ttl":1,"maxLength":1472'
ours sync run '{"role":"backup","syncId":7,'"$daemon"'}' & ours sync run '{"role":"master","syncId":8,'"$daemon"'}' &
ip netns exec s socat TCP-LISTEN:80,fork,reuseaddr PIPE &
for i in $(seq 200); do ls /run/rondo/sync-*/master.json /run/rondo/sync-*/backup.json >/dev/null 2>&1 && break; sleep 0.3; done
for last in 100 101; do
  for i in 1 2 3; do
    (echo a; sleep 1; echo b; sleep 1; echo c; sleep 100) |
      ip netns exec c socat - TCP:10.9.0.$last:80,sourceport=$((4000 + 10 * last + i)) >/dev/null &
  done
  for i in 1 2 3; do echo x | ip netns exec c socat -u - UDP-SENDTO:10.9.0.$last:53,sourceport=$((5000 + last)); done
done
list() { grep -E '^(TCP|UDP)' | sed -E 's/ +/ /g; s/ [0-9:]+ / /' | sort; }
for i in 1 2 3 4 5 6; do
  sleep 2; real -Lcn | list >real
  [ $(wc -l <real) = 10 ] && break
done
ours ipvsadm -Lcn | list >ours
cat real; echo; cat ours
`;

test("the kernel's sync daemon and ours understand one another, both ways", {
  skip: lacksGuest(),
}, async (t) => {
  writePrograms(t);
  const { output, status } = await runGuest({
    script,
    files: new Map([
      ...ourCommands(),
      ["job/rules", { kind: "file", data: Buffer.from(`${rules.join("\n")}\n`) }],
    ]),
    programs: ["node", "ip", "socat"],
    memory: 1500,
    seconds: 280,
  });
  assert.equal(status, 0, output);
  const [real, ours] = output.split("\n\n").map((part) => part.trim().split("\n"));
  assert.equal(real!.length, 10, output);
  assert.deepEqual(ours, real);
  const states = ["TCP ESTABLISHED", "UDP NONE", "UDP UDP"];
  for (const vip of ["10.9.0.100", "10.9.0.101"])
    for (const state of states)
      assert.ok(
        real!.some((line) => line.startsWith(state) && line.includes(` ${vip}:`)),
        output,
      );
});

/** Has the packet programs written here once: the guest, which is slow, then finds them. */
function writePrograms(t: Parameters<typeof place>[0]): void {
  const { namespace } = place(t);
  const ours = (...words: string[]) =>
    withNetworkNamespace(namespace, () =>
      spawnSync(process.execPath, [rondo, ...words], { input: `${rules.join("\n")}\n`, timeout: 60_000 }),
    );
  ours("ipvsadm", "-R");
  ours("director", "reset");
}
