import assert from "node:assert/strict";
import { place, type Told } from "./vs-place.js";

/** From an empty table on: what is done, and what is refused. */
const commands = [
  "-A -t 192.0.2.1:80 -s wrr",
  "-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 3",
  "-a -t 192.0.2.1:80 -r 10.0.0.2 -g -w 0 -x 100 -y 50",
  "-a -t 192.0.2.1:80 -r 10.0.0.2 -g",
  "-a -t 192.0.2.9:80 -r 10.0.0.2 -g",
  "-A -t 192.0.2.1:80",
  "-A -u 192.0.2.1:53 -s rr -o",
  "-e -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 2147483647",
  "-d -u 192.0.2.1:53 -r 10.0.0.1",
  "-D -t 192.0.2.2:80",
  "-A -t 192.0.2.1:443 -s sh -b sh-fallback,sh-port -p 600 -M 255.255.255.0",
  "-A -f 7 -s mh -b mh-port",
  "-A -f 7 -6 -s lblcr -p",
  "-A -t [fd66::100]:80 -s sed -p 30 -M 64",
  "-a -t [fd66::100]:80 -r [fd66::1]:8080 -m",
  "-a -f 7 -r 10.0.0.9 -i --tun-type gue --tun-port 6080 --tun-csum",
  "-a -t 192.0.2.1:443 -r 10.0.0.8 -i",
  "-E -t 192.0.2.1:443 -s nosuch",
  "-E -t 192.0.2.1:443",
  "-Z -f 9",
  "-Z",
  "--set 100 0 30",
  "--start-daemon master --mcast-interface eth0 --syncid 5 --sync-maxlen 1400 --mcast-group 224.0.1.9 --mcast-port 9000 --mcast-ttl 3",
  "--start-daemon backup --mcast-interface lo",
  "--start-daemon backup --mcast-interface lo",
  "--start-daemon master --mcast-interface nosuch0",
  "--stop-daemon backup",
  "--stop-daemon backup",
];

const listings = [
  "-Ln",
  "-Ln --stats --exact",
  "-Ln --rate",
  "-Ln --thresholds",
  "-Ln --persistent-conn",
  "-Ln --tun-info",
  "-Sn",
  "-Ln --timeout",
  "-L --daemon",
  "-Lcn",
  "-Ln -t 192.0.2.1:80",
];

/** They are typed to the real one in one namespace and to ours in another; both then list both. */
export async function compareCommands(): Promise<void> {
  using theirs = place();
  using own = place();
  alike("", commands, await own.ours(commands), theirs.real(commands));
  const wanted = theirs.real(listings);
  alike("ours lists what the real one set", listings, await theirs.ours(listings), wanted);
  alike("the real one lists what ours set", listings, own.real(listings), wanted);
  alike("ours lists what ours set", listings, await own.ours(listings), wanted);
  const after = ["-C", "-Ln", "-D -t 192.0.2.1:80"];
  alike("", after, await own.ours(after), theirs.real(after));
}

function alike(
  about: string,
  commands: readonly string[],
  told: readonly Told[],
  wanted: readonly Told[],
): void {
  for (const [index, command] of commands.entries())
    assert.deepEqual(told[index], wanted[index], `${about}: ipvsadm ${command}`);
}
