import assert from "node:assert/strict";
import { test } from "node:test";
import { lacksGuest, runGuest } from "./guest.js";
import { home, ourCommands } from "./ours.js";

// The checker of our keepalived keeps the table of whichever plane was chosen: here that of the kernel's IPVS, which Debian's ipvsadm lists.

const skip = process.env["RONDO_THOROUGH"] === "1" ? lacksGuest() : "needs RONDO_THOROUGH=1";

const script = `
cat >keepalived.conf <<end
virtual_server 10.9.9.9 80 {
  delay_loop 1
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  real_server 127.0.0.1 8080 {
    weight 3
    TCP_CHECK {
      connect_timeout 2
    }
  }
  real_server 127.0.0.1 8081 {
    TCP_CHECK {
      connect_timeout 2
      retry 0
    }
  }
}
end
until_listed() { # EXPRESSION
  for i in $(seq 600); do ipvsadm -Sn | tr '\\n' ';' | grep -q "$1" && return; sleep 0.2; done
  echo "never listed: $1"; ipvsadm -Sn; cat log; exit 1
}
mkdir /www
/bin/httpd -p 127.0.0.1:8080 -h /www
RONDO_PLANE=ipvs node /${home}/bin/rondo keepalived -n -l -C -f keepalived.conf >log 2>&1 &
service='-A -t 10.9.9.9:80 -s wrr'
up='-a -t 10.9.9.9:80 -r 127.0.0.1:8080 -m -w 3'
until_listed "^$service;$up;$"
/bin/httpd -p 127.0.0.1:8081 -h /www
until_listed "^$service;$up;-a -t 10.9.9.9:80 -r 127.0.0.1:8081 -m -w 1;$"
kill $!
wait $! || exit 2
[ -z "$(ipvsadm -Sn)" ] || exit 3
`;

test("keepalived's virtual servers on the kernel's IPVS: a server that fails, comes back, and the end", {
  skip,
}, async () => {
  const files = ourCommands(["dns-packet", "nodemailer", "re2js", "@leichtgewicht"]);
  const { output, status } = await runGuest({
    files,
    programs: ["node"],
    script,
    memory: 1500,
    seconds: 300,
  });
  assert.equal(status, 0, output);
});
