import assert from "node:assert/strict";
import { test } from "node:test";
import { cookieTime } from "../../src/nginx/http/sticky/cookie.js";
import { answering, Client, ok, rawServer, until } from "./haproxy-running.js";
import { NginxPlace } from "./nginx-running.js";

/** Everything is on loopback addresses and files of a test's own. */
const linux = { skip: process.platform === "linux" ? false : "needs Linux" };

async function ask(port: number, path: string, fields = ""): Promise<string> {
  const client = new Client(port).ask(path, `Connection: close\r\n${fields}`);
  await client.untilOver();
  return client.text;
}

const cookieOf = (text: string) => /^Set-Cookie: (.*)\r$/im.exec(text)?.[1];
const served = (text: string) => /\w+$/.exec(text)?.[0];

test(
  "clients come back by cookies, routes and what was learnt; not to a server that is dead",
  linux,
  async (t) => {
    const place = await NginxPlace.make(t);
    let dead = "";
    const server = (name: string) =>
      rawServer(t, (socket) => {
        if (dead === name) socket.destroy();
        else
          answering((head) => {
            const login = head.startsWith("GET /learn/login");
            return ok(name).replace(
              "\r\n\r\n",
              login ? `\r\nSet-Cookie: SID=of-${name}\r\n\r\n` : "\r\n\r\n",
            );
          })(socket);
      });
    const [one, two] = [await server("one"), await server("two")];
    place.configure(
      `location /cookie { proxy_pass http://cookie; }
     location /route { proxy_pass http://route; }
     location /drain { proxy_pass http://drain; }
     location /learn { proxy_pass http://learn; }`,
      {
        main: "worker_processes 2;",
        http: `
      upstream cookie { server 127.0.0.1:${one} fail_timeout=1s; server 127.0.0.1:${two};
        sticky cookie Back expires=1h domain=.$host path=/ httponly secure samesite=lax; }
      upstream route { server 127.0.0.1:${one} route=a; server 127.0.0.1:${two} route=b; sticky route $arg_to $cookie_to; }
      upstream drain { server 127.0.0.1:${one} route=a drain; server 127.0.0.1:${two} route=b; sticky route $arg_to; }
      upstream learn { server 127.0.0.1:${one}; server 127.0.0.1:${two};
        sticky learn create=$upstream_cookie_SID lookup=$cookie_SID zone=sessions:64k; }`,
      },
    );
    await place.start(t);
    const first = await ask(place.port, "/cookie");
    assert.match(
      cookieOf(first) ?? "",
      /^Back=[0-9a-f]{32}; expires=\w{3}, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d GMT; max-age=3600; domain=\.test; httponly; secure; samesite=lax; path=\/$/,
    );
    const back = `Cookie: back=${/=(\w+)/.exec(cookieOf(first)!)![1]}\r\n`;
    for (let count = 0; count < 4; count++)
      assert.equal(served(await ask(place.port, "/cookie", back)), served(first));
    dead = served(first)!;
    const elsewhere = await ask(place.port, "/cookie", back);
    assert.equal(served(elsewhere), dead === "one" ? "two" : "one");
    assert.notEqual(cookieOf(elsewhere), cookieOf(first));
    assert.equal(elsewhere.match(/Set-Cookie/g)?.length, 1);
    dead = "";
    for (const [to, name] of [
      ["a", "one"],
      ["b", "two"],
      ["b", "two"],
      ["a", "one"],
    ] as const) {
      assert.equal(served(await ask(place.port, `/route?to=${to}`)), name);
      assert.equal(served(await ask(place.port, "/route", `Cookie: to=${to}\r\n`)), name);
    }
    for (let count = 0; count < 3; count++) {
      assert.equal(served(await ask(place.port, "/drain")), "two");
      assert.equal(served(await ask(place.port, "/drain?to=a")), "one");
    }
    const login = await ask(place.port, "/learn/login");
    const session = `Cookie: SID=of-${served(login)}\r\n`;
    await until(
      "it is learnt",
      async () => served(await ask(place.port, "/learn", session)) === served(login),
    );
    for (let count = 0; count < 4; count++)
      assert.equal(served(await ask(place.port, "/learn", session)), served(login));
  },
);

test(
  "what sticky can't be is a mistake with its place, and dates of cookies have two digits of the year",
  linux,
  async (t) => {
    assert.equal(cookieTime(2145916555), "Thu, 31-Dec-37 23:55:55 GMT");
    assert.equal(cookieTime(2145916800), "Fri, 01-Jan-2038 00:00:00 GMT");
    const place = await NginxPlace.make(t);
    const wrong = (sticky: string): string => {
      place.configure("return 200;", { http: `upstream a { server 127.0.0.1; ${sticky}; }` });
      const { status, stderr } = place.run("-t");
      assert.equal(status, 1, stderr);
      return /\[emerg\] (.*) in \S+:\d+\n/.exec(stderr)?.[1] ?? stderr;
    };
    assert.equal(
      wrong("sticky cookie a samesite=who"),
      '"sticky" directive invalid "samesite" parameter value',
    );
    assert.equal(
      wrong("sticky cookie a secure secure"),
      '"sticky" directive parameter "secure" is duplicate',
    );
    assert.equal(wrong("sticky learn create=$a lookup=$b zone=z:1k"), '"sticky" directive zone is too small');
    assert.equal(wrong("sticky route $nobody_has_it"), 'unknown "nobody_has_it" variable');
  },
);
