import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answering, StandInStreams, type StreamsWords } from "../../../../test/support/haproxy-streams.js";
import { dateText, readDate } from "./cookie-date.js";
import { cookieParts, joinCookies } from "./cookie-text.js";

test("a cookie field taken apart is the same put together, but for blanks around =", () => {
  assert.equal(joinCookies(cookieParts('a = 1; b="x;y", c')), 'a=1; b="x;y", c');
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a=1", "b=", "c", 'd="x;y"', "e=f=g"), { minLength: 1 }),
      (words) => {
        const field = words.join("; ");
        assert.equal(joinCookies(cookieParts(field)), field);
      },
    ),
  );
});

test("dates in cookies come back", () => {
  fc.assert(fc.property(fc.nat(0x3fffffff), (date) => assert.equal(readDate(dateText(date)), date)));
  assert.equal(readDate("!!!!!"), 0);
});

const cookie = {
  name: "SRV",
  mode: "insert",
  indirect: true,
  noCache: false,
  postOnly: false,
  preserve: false,
  httpOnly: true,
  secure: false,
  domains: [],
  maxIdleMs: undefined,
  maxLifeMs: undefined,
  dynamic: false,
  dynamicKey: undefined,
  attributes: [],
} as const;

const servers = ["a", "b"].map((name) => ({ name, run: { cookie: `c${name}` } }));

async function ask(words: StreamsWords, sent: string): Promise<{ got: string; seen: string; line: string }> {
  const streams = new StandInStreams({ log: "%tsc %s", servers, ...words });
  let seen = "";
  streams.onConnect = (peer) =>
    answering(peer, (head) => {
      seen = head;
      return "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nset-cookie: SRV=own; path=/\r\n\r\n";
    });
  const got = await streams.exchange(`GET / HTTP/1.1\r\nhost: h\r\n${sent}\r\n`, /\r\n\r\n/);
  await new Promise(setImmediate);
  return { got, seen, line: streams.lines[0] as string };
}

test("insert: a server's cookie leads back to it, and isn't shown to it", async () => {
  const first = await ask({ section: { cookie } }, "");
  assert.match(first.got, /set-cookie: SRV=ca; path=\/; HttpOnly\r\n/);
  assert.doesNotMatch(first.got, /own/);
  assert.equal(first.line, "--NI a");
  const again = await ask({ section: { cookie } }, "cookie: x=1; SRV=cb; y=2\r\n");
  assert.match(again.seen, /cookie: x=1; y=2/);
  assert.doesNotMatch(again.got, /set-cookie: SRV=c/);
  assert.equal(again.line, "--VD b");
  assert.equal((await ask({ section: { cookie } }, "cookie: SRV=gone\r\n")).line, "--II a");
});

test("prefix and rewrite change the server's own cookie", async () => {
  const prefix = await ask(
    { section: { cookie: { ...cookie, mode: "prefix", indirect: false } } },
    "cookie: SRV=cb~mine\r\n",
  );
  assert.match(prefix.seen, /cookie: SRV=mine/);
  assert.match(prefix.got, /set-cookie: SRV=cb~own; path=\/\r\n/);
  assert.equal(prefix.line, "--VR b");
  const rewrite = await ask({ section: { cookie: { ...cookie, mode: "rewrite", indirect: false } } }, "");
  assert.match(rewrite.got, /set-cookie: SRV=ca; path=\/\r\n/);
});

test("dates that are too old make a cookie none", async () => {
  const aged = { ...cookie, maxIdleMs: 60_000, maxLifeMs: 3_600_000 };
  const old = dateText(Math.floor(Date.now() / 1000 - 7200) >> 2);
  const now = dateText(Math.floor(Date.now() / 1000) >> 2);
  assert.equal((await ask({ section: { cookie: aged } }, `cookie: SRV=cb|${old}|${now}\r\n`)).line, "--EI a");
  assert.equal((await ask({ section: { cookie: aged } }, `cookie: SRV=cb|${now}|${old}\r\n`)).line, "--OI a");
  const fine = await ask({ section: { cookie: aged } }, `cookie: SRV=cb|${now}|${now}\r\n`);
  assert.match(fine.line, /^--V. b$/);
});
