import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { type Answer, decode, encode } from "dns-packet";
import { answering, ask, ok, until } from "./haproxy-running.js";
import { NginxPlace } from "./nginx-running.js";

/** Everything is on loopback addresses and files of a test's own. */
const linux = { skip: process.platform === "linux" ? false : "needs Linux" };

test(
  "names of servers are resolved again while running, SRV records too; what doesn't resolve waits",
  linux,
  async (t) => {
    const place = await NginxPlace.make(t);
    const dns = createSocket("udp4").bind(0, "127.0.0.1");
    t.after(() => dns.close());
    await once(dns, "listening");
    let answers: Answer[] = [];
    let rcode = 3;
    dns.on("message", (message, { port, address }) => {
      const { id, questions = [] } = decode(message);
      const [question] = questions;
      const fitting = answers.filter(({ name, type }) => name === question?.name && type === question?.type);
      const reply = encode({ type: "response", id: id!, flags: 0x180 | rcode, questions, answers: fitting });
      dns.send(reply, port, address);
    });
    const ports: number[] = [];
    for (const host of ["127.0.0.81", "127.0.0.82"]) {
      const server = createServer(answering(() => ok(`at ${host}`))).listen(ports[0] ?? 0, host);
      t.after(() => server.close());
      await once(server, "listening");
      ports.push((server.address() as { port: number }).port);
    }
    const [port] = ports as [number];
    const a = (name: string, data: string): Answer => ({ name, type: "A", ttl: 1, data });
    const srv = (priority: number, target: string): Answer => ({
      name: "_http._tcp.srv.test",
      type: "SRV",
      ttl: 1,
      data: { priority, weight: 3, port, target },
    });
    place.configure(
      "location / { proxy_pass http://app; proxy_next_upstream off; } location /srv { proxy_pass http://srv; }",
      {
        main: "worker_processes 2;",
        http: `resolver 127.0.0.1:1;
      upstream app { zone app 64k; server app.test:${port} resolve; resolver 127.0.0.1:${dns.address().port} valid=1s ipv6=off; resolver_timeout 1s; }
      upstream srv { zone srv 64k; server srv.test service=http resolve; resolver 127.0.0.1:${dns.address().port} ipv6=off; resolver_timeout 1s; }`,
      },
    );
    await place.start(t);
    assert.match(await ask(place.port, "/"), /^HTTP\/1\.1 502 /);
    await place.logged(/\[error\] \d+#\d+: app\.test could not be resolved \(3: Host not found\)/);
    await place.logged(
      /\[error\] \d+#\d+: service http of srv\.test could not be resolved \(3: Host not found\)/,
    );
    rcode = 0;
    answers = [
      a("app.test", "127.0.0.81"),
      srv(2, "two.test"),
      srv(1, "one.test"),
      a("one.test", "127.0.0.81"),
      a("two.test", "127.0.0.82"),
    ];
    const served = async (path: string) => {
      const texts = [await ask(place.port, path), await ask(place.port, path), await ask(place.port, path)];
      return [...new Set(texts.map((text) => /at \d\S+|^HTTP\/1\.1 502/.exec(text)?.[0]))].sort().join(", ");
    };
    const until81 = (path: string) =>
      until("the first", async () => (await served(path)) === "at 127.0.0.81");
    await until81("/");
    await until81("/srv");
    answers.push(a("app.test", "127.0.0.82"));
    await until("both", async () => (await served("/")) === "at 127.0.0.81, at 127.0.0.82");
    // A name server that can't say changes nothing.
    rcode = 2;
    await place.logged(/app\.test could not be resolved \(2: Server failure\)/);
    assert.equal(await served("/"), "at 127.0.0.81, at 127.0.0.82");
    rcode = 0;
    // Now the second is the best of the service, and the name has none.
    answers = [srv(1, "two.test"), a("two.test", "127.0.0.82")];
    await until("no address", async () => (await served("/")) === "HTTP/1.1 502");
    await until("the other of the service", async () => (await served("/srv")) === "at 127.0.0.82");
  },
);

test("resolve needs a zone and a resolver, and service= a name without a port", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const wrong = (http: string): string => {
    place.configure("return 200;", { http });
    const { status, stderr } = place.run("-t");
    assert.equal(status, 1, stderr);
    return /\[emerg\] (.*)/.exec(stderr)?.[1]?.replaceAll(place.path("nginx.conf"), "FILE") ?? stderr;
  };
  assert.match(
    wrong("upstream a { server app.test resolve; }"),
    /^resolving names at run time requires upstream "a" in FILE:\d+ to be in shared memory$/,
  );
  assert.match(
    wrong("upstream a { zone a 64k; server app.test resolve; }"),
    /^no resolver defined to resolve names at run time in upstream "a" in FILE:\d+$/,
  );
  const service = (server: string) =>
    wrong(`resolver 127.0.0.1; upstream a { zone a 64k; server ${server}; }`);
  assert.match(
    service("app.test service=http"),
    /^service upstream "app.test" requires "resolve" parameter in/,
  );
  assert.match(
    service("app.test:80 service=http resolve"),
    /^service upstream "app.test:80" may not have port in/,
  );
  assert.match(
    service("10.0.0.1 service=http resolve"),
    /^service upstream "10.0.0.1" requires domain name in/,
  );
});
