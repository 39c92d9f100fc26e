import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import type { SampleType } from "../../config/haproxy/model/index.js";
import { packageRoot } from "../../package-root.js";
import { PatternStore } from "../patterns/index.js";
import { later, type Sample } from "../run/index.js";
import { ipv4, ipv6 } from "./addresses.js";
import { cast, textOf } from "./cast.js";
import { oneLine, parseCertificate, rfc2253 } from "./certificate.js";
import { createCompiler } from "./index.js";
import { findJson, parsePath, shortest } from "./json-path.js";
import { processOf, requestContext, streamOf } from "./testing/context.js";
import { readExpression } from "./testing/expression.js";
import { bin, bool, sint, str } from "./value.js";
import { xxh32, xxh64 } from "./xxhash.js";

const anySample: fc.Arbitrary<Sample> = fc.oneof(
  fc.boolean().map(bool),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(sint),
  fc.string({ unit: "binary-ascii" }).map(str),
  fc.uint8Array().map((bytes) => bin(Buffer.from(bytes))),
  fc.ipV4().map(ipv4),
  fc
    .ipV6()
    .filter((text) => !text.includes("."))
    .map((text) => cast(str(text), "ipv6") ?? ipv6("::1")),
);
const types: readonly SampleType[] = ["bool", "sint", "addr", "ipv4", "ipv6", "str", "bin", "meth"];

test("casts give the type that was asked for, or nothing, and texts come back", () => {
  fc.assert(
    fc.property(anySample, fc.constantFrom(...types), (sample, type) => {
      const made = cast(sample, type);
      if (made === undefined) return;
      assert.ok(made.type === type || (type === "addr" && /^ipv[46]$/.test(made.type)));
      if (made.type === "sint")
        assert.ok(typeof made.value === "number" || !Number.isSafeInteger(Number(made.value)));
    }),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const back = cast(str(value.toString()), "sint");
      assert.equal(BigInt(back?.value as number), value);
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const six = cast(str(text), "ipv6");
      const again = six && cast(str(textOf(six)), "ipv6");
      assert.deepEqual(again, six);
    }),
  );
});

test("arithmetic of 64 bits stops at its ends", () => {
  const compiler = createCompiler(() => processOf({}), new PatternStore());
  const limit = (value: bigint) =>
    value > 2n ** 63n - 1n ? 2n ** 63n - 1n : value < -(2n ** 63n) ? -(2n ** 63n) : value;
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -100n, max: 100n }),
  );
  const operations: [string, (a: bigint, b: bigint) => bigint][] = [
    ["add", (a, b) => limit(a + b)],
    ["sub", (a, b) => limit(a - b)],
    ["mul", (a, b) => limit(a * b)],
    ["div", (a, b) => (b === 0n ? 2n ** 63n - 1n : limit(a / b))],
    ["mod", (a, b) => (b === 0n ? 0n : a % b)],
    ["xor", (a, b) => BigInt.asIntN(64, a ^ b)],
  ];
  fc.assert(
    fc.property(number, number, fc.constantFrom(...operations), (a, b, [name, expected]) => {
      const made = compiler.expression(readExpression(`int(${a}),${name}(${b})`))(
        requestContext("GET / HTTP/1.1\r\n\r\n"),
      );
      assert.ok(made !== undefined && made !== later);
      assert.equal(BigInt(made.value as number), expected(a, b), `${a} ${name} ${b}`);
    }),
  );
});

test("hashes are those of their specifications", () => {
  assert.equal(xxh32(Buffer.alloc(0), 0), 0x02cc5d05);
  assert.equal(xxh32(Buffer.from("Nobody inspects the spammish repetition"), 0), 0xe2293b2f);
  assert.equal(xxh64(Buffer.alloc(0), 0n), 0xef46db3751d8e999n);
  assert.equal(xxh64(Buffer.from("Nobody inspects the spammish repetition"), 0n), 0xfbcea83c8a378bf1n);
});

test("JSON is searched as JavaScript would", () => {
  const json = fc.json({ maxDepth: 4 });
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.stringMatching(/^[a-z]{1,3}$/),
        fc.anything({ maxDepth: 2, values: [fc.integer(), fc.boolean()] }),
      ),
      (value) => {
        const text = JSON.stringify(value);
        for (const [key, each] of Object.entries(JSON.parse(text) as object)) {
          const found = findJson(text, parsePath(`$.${key}`) ?? []);
          if (typeof each === "number")
            assert.deepEqual(found, { type: "number", text: JSON.stringify(each) });
          else if (typeof each === "boolean") assert.deepEqual(found, { type: String(each) });
        }
      },
    ),
  );
  fc.assert(
    fc.property(json, fc.string(), (text, path) => void findJson(text, parsePath(`$${path}`) ?? [0])),
  );
  fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => void findJson(text, ["a", 1])));
  assert.deepEqual([1.5, 100000, 1e6, -1.5e10, 0.0001, 0.00001234567].map(shortest), [
    "1.5",
    "100000",
    "1e+06",
    "-1.5e+10",
    "0.0001",
    "1.23457e-05",
  ]);
});

/** The first bytes that a TLS client sends. */
async function clientHello(): Promise<Buffer> {
  const server = createServer();
  const came = new Promise<Buffer>((done) =>
    server.on("connection", (socket: Socket) =>
      socket.once("data", (bytes) => {
        done(bytes);
        socket.destroy();
      }),
    ),
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const socket = connectTls({
    socket: connect(port, "127.0.0.1"),
    servername: "www.example.org",
    ALPNProtocols: ["h2", "http/1.1"],
  });
  socket.on("error", () => {});
  const bytes = await came;
  socket.destroy();
  server.close();
  return bytes;
}

test("a TLS hello is looked into while it comes", async () => {
  const bytes = await clientHello();
  const compiler = createCompiler(() => processOf({}), new PatternStore());
  const of = (text: string, count: number, final = false) => {
    const context = {
      ...requestContext("GET / HTTP/1.1\r\n\r\n", {
        http: undefined,
        requestBytes: bytes.subarray(0, count),
      }),
      final,
    };
    const found = compiler.expression(readExpression(text))(context);
    return found === later || found === undefined ? found : found.value;
  };
  assert.equal(of("req.ssl_sni", bytes.length), "www.example.org");
  assert.equal(of("req.ssl_alpn", bytes.length), "h2");
  const whole = requestContext("GET / HTTP/1.1\r\n\r\n", { http: undefined, requestBytes: bytes });
  assert.deepEqual(
    compiler
      .every(readExpression("req.ssl_alpn"))(whole)
      ?.map(({ value }) => value),
    ["h2", "http/1.1"],
  );
  assert.equal(of("req.ssl_hello_type", bytes.length), 1);
  assert.equal(of("req.ssl_ver", bytes.length), 0x30003);
  assert.equal(of("req.ssl_ec_ext", bytes.length), true);
  assert.equal(of("req.len", 7), 7);
  assert.deepEqual(of("req.payload(0,2)", 7), bytes.subarray(0, 2));
  for (let count = 0; count < bytes.length; count++) {
    assert.equal(of("req.ssl_sni", count), later, `${count} bytes`);
    assert.equal(of("req.ssl_sni", count, true), undefined);
  }
  assert.equal(of("req.payload(0,2000)", bytes.length), later);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
      const hello = Buffer.concat([Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]), random]);
      const context = requestContext("GET / HTTP/1.1\r\n\r\n", { http: undefined, requestBytes: hello });
      for (const name of [
        "req.ssl_sni",
        "req.ssl_alpn",
        "req.ssl_ver",
        "req.rdp_cookie(a)",
        "req.payload_lv(0,2)",
        "distcc_param(DIST)",
      ])
        compiler.expression(readExpression(name))(context);
    }),
  );
});

test("FIX and MQTT are checked and read", () => {
  const compiler = createCompiler(() => processOf({}), new PatternStore());
  const of = (expression: string, bytes: Buffer) => {
    const context = {
      ...requestContext("GET / HTTP/1.1\r\n\r\n", { http: undefined, requestBytes: bytes }),
      final: false,
    };
    const found = compiler.expression(readExpression(expression))(context);
    return found === later ? "later" : found && textOf(found);
  };
  const logon =
    "8=FIX.4.4|9=65|35=A|34=1|49=CLIENT|52=20210101-00:00:00.000|56=SERVER|98=0|108=30|".replaceAll(
      "|",
      "\x01",
    );
  const body = logon.slice(logon.indexOf("35="));
  const sized = logon.replace("9=65", `9=${body.length}`);
  const sum = [...sized].reduce((total, char) => total + char.charCodeAt(0), 0) & 255;
  const fix = Buffer.from(`${sized}10=${String(sum).padStart(3, "0")}\x01`, "latin1");
  assert.equal(of("req.payload(0,0),fix_is_valid", fix), "1");
  assert.equal(
    of(
      "req.payload(0,0),fix_is_valid",
      Buffer.from(fix.toString("latin1").replace("CLIENT", "CLIENU"), "latin1"),
    ),
    "0",
  );
  assert.equal(of("req.payload(0,0),fix_is_valid", fix.subarray(0, 40)), "later");
  assert.equal(of("req.payload(0,0),fix_tag_value(TargetCompID)", fix), "SERVER");
  assert.equal(of("req.payload(0,0),fix_tag_value(999)", fix), undefined);
  const connectPacket = Buffer.concat([
    Buffer.from([0x10, 0]),
    Buffer.from([0, 4]),
    Buffer.from("MQTT"),
    Buffer.from([4, 0xc2, 0, 60, 0, 2]),
    Buffer.from("id"),
    Buffer.from([0, 4]),
    Buffer.from("user"),
    Buffer.from([0, 4]),
    Buffer.from("pass"),
  ]);
  connectPacket[1] = connectPacket.length - 2;
  const mqtt = (name: string, bytes = connectPacket) =>
    of(`req.payload(0,0),mqtt_field_value(connect,${name})`, bytes);
  assert.equal(of("req.payload(0,0),mqtt_is_valid", connectPacket), "1");
  assert.deepEqual(
    ["client_identifier", "username", "password", "keepalive", "protocol_version", "flags", "will_topic"].map(
      (name) => mqtt(name),
    ),
    ["id", "user", "pass", "60", "4", "194", undefined],
  );
  assert.equal(mqtt("username", connectPacket.subarray(0, 9)), "later");
  assert.equal(of("req.payload(0,0),mqtt_is_valid", Buffer.from([0x20, 2, 0, 0])), "1");
  assert.equal(of("req.payload(0,0),mqtt_is_valid", Buffer.from([0x30, 2, 0, 0])), "0");
});

test("certificates are taken apart", () => {
  const pem = readFileSync(`${packageRoot}test/fixtures/tls/certificate.pem`, "latin1");
  const der = Buffer.from(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END/.exec(pem)?.[1] ?? "", "base64");
  const certificate = parseCertificate(der);
  assert.ok(certificate);
  assert.match(certificate.notAfter, /^\d{12}Z$/);
  assert.match(oneLine(certificate.subject), /^\/.+=/);
  assert.equal(
    rfc2253([
      { name: "C", value: "FR" },
      { name: "CN", value: 'a,"b' },
    ]),
    'CN=a\\,\\"b,C=FR',
  );
  assert.equal(parseCertificate(Buffer.from("nonsense")), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void parseCertificate(Buffer.from(bytes))),
  );
});

test("counters of stick tables are read of what is tracked, of the source and by converters", () => {
  const values: Record<string, number> = { conn_cnt: 3, gpc0: 7, gpc0_rate: 0, bytes_in_cnt: 4096 };
  const entry = {
    key: "k",
    users: 2,
    get: (name: string) => values[name] ?? 0,
    set: (name: string, value: number) => void (values[name] = value),
    add: (name: string, amount: number) => (values[name] = (values[name] ?? 0) + amount),
  };
  const table = {
    used: 5,
    settings: { size: 100 },
    key: (sample: Sample) => textOf(sample),
    lookup: (key: string) => (key === "127.0.0.1" || key === "k" ? entry : undefined),
    getOrCreate: () => entry,
    has: (name: string) => name in values,
  };
  const process_ = processOf({ tables: new Map([["t", table]]) });
  const compiler = createCompiler(() => process_, new PatternStore());
  const context = requestContext("GET / HTTP/1.1\r\n\r\n");
  streamOf(context).tracked[1] = { table, entry } as never;
  const of = (text: string) => {
    const found = compiler.expression(readExpression(text))(context);
    return found === undefined || found === later ? found : found.value;
  };
  assert.deepEqual(
    [
      "sc1_conn_cnt",
      "sc_conn_cnt(1)",
      "sc0_conn_cnt",
      "sc1_kbytes_in",
      "sc1_http_req_cnt",
      "sc1_tracked",
      "sc0_tracked",
      "sc1_trackers",
    ].map(of),
    [3, 3, undefined, 4, undefined, true, false, 2],
  );
  assert.deepEqual(
    ["sc1_inc_gpc0", "sc1_get_gpc0", "sc1_gpc0_rate", "sc1_clr_gpc0", "sc1_get_gpc0"].map(of),
    [8, 8, 1, 8, 0],
  );
  assert.deepEqual(
    ["src_conn_cnt(t)", "src_updt_conn_cnt(t)", "table_cnt(t)", "table_avl(t)"].map(of),
    [3, 4, 5, 95],
  );
  assert.deepEqual(
    [
      "src,table_conn_cnt(t)",
      "str(none),table_conn_cnt(t)",
      "src,in_table(t)",
      "str(x),in_table(t)",
      "src,table_gpt0(t)",
    ].map(of),
    [4, 0, true, false, undefined],
  );
});
