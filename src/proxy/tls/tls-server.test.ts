import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { noEndpoint } from "../wire/endpoint.js";
import type { TlsInfo } from "../wire/wire.js";
import { opensslError } from "./openssl-error.js";
import { makeTlsServer } from "./server.js";
import type { TlsServerSettings } from "./settings.js";
import { faultDepth, firstError } from "./verify-depth.js";

const folder = mkdtempSync(join(tmpdir(), `rondo-tls-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

function makePair(name: string): { cert: string; key: string } {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const words = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
  ];
  execFileSync("openssl", [...words, "-subj", `/CN=${name}`, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

const pair = makePair("host.test");
const client = makePair("client.test");
const info = {
  source: noEndpoint,
  destination: noEndpoint,
  realSource: noEndpoint,
  realDestination: noEndpoint,
  tls: undefined,
  proxyProtocol: undefined,
};

type Outcome = { readonly code?: string; readonly tls: TlsInfo | undefined };

/** One handshake after the other with a listener of these settings; each gives what the server saw, and what the client has. */
async function withServer(
  settings: Partial<TlsServerSettings>,
  use: (
    meet: (
      options: ConnectionOptions,
    ) => Promise<{ seen: Outcome; session: Buffer | undefined; ocsp: Buffer | null }>,
  ) => Promise<void>,
): Promise<void> {
  const tls = makeTlsServer({ certificates: [{ pairs: [pair] }], ...settings });
  const waiting: ((outcome: Outcome) => void)[] = [];
  const server = createServer((socket: Socket) => {
    const told = waiting.shift()!;
    tls.accept(socket, info, {
      onSecure: (wire) => {
        told({ tls: wire.info.tls });
        wire.resume();
        setImmediate(() => wire.end());
      },
      onFailed: (code, _message, failed) => told({ code, tls: failed }),
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await use(async (options) => {
      const seen = new Promise<Outcome>((resolve) => waiting.push(resolve));
      const socket: TLSSocket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
      let session: Buffer | undefined;
      let ocsp: Buffer | null = null;
      socket.on("session", (made: Buffer) => (session = made));
      socket.on("OCSPResponse", (response: Buffer) => (ocsp = response));
      socket.on("secureConnect", () => {
        session ??= socket.getSession();
      });
      socket.on("error", () => {});
      socket.resume();
      await new Promise((resolve) => socket.once("close", resolve));
      return { seen: await seen, session, ocsp };
    });
  } finally {
    server.close();
  }
}

test("without tickets sessions are taken up again by their ids, or by keys that pass", async () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const)
    await withServer({ tickets: false, minVersion: version, maxVersion: version }, async (meet) => {
      const first = await meet({});
      assert.equal(first.seen.tls?.resumed, false);
      assert.ok(first.session, version);
      const second = await meet({ session: first.session });
      assert.equal(second.seen.tls?.resumed, true, version);
    });
  await withServer({ tickets: false, maxVersion: "TLSv1.2", sessionLimit: 1 }, async (meet) => {
    const { session } = await meet({});
    await meet({}); // its session has the only place now
    assert.equal((await meet(session === undefined ? {} : { session })).seen.tls?.resumed, false);
  });
});

test("an OCSP response is sent to who asks, until it is too old", async () => {
  const response = Buffer.from("any bytes");
  for (const [expires, expected] of [
    [Date.now() + 60_000, response],
    [Date.now() - 1, null],
  ] as const)
    await withServer({ certificates: [{ pairs: [pair], ocsp: { response, expires } }] }, async (meet) => {
      assert.deepEqual((await meet({ requestOCSP: true } as ConnectionOptions)).ocsp, expected);
    });
});

test("a handshake that fails tells how far it had come, and why", async () => {
  await withServer({ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }, async (meet) => {
    const { seen } = await meet({ servername: "host.test", ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" });
    assert.equal(seen.code, "ERR_SSL_NO_SHARED_CIPHER");
    const { tls } = seen;
    assert.deepEqual(tls?.error, {
      number: 0x0a0000c1,
      text: "error:0A0000C1:SSL routines::no shared cipher",
    });
    assert.deepEqual([tls?.protocol, tls?.cipher, tls?.verifyError], ["TLSv1.2", "(NONE)", 0]);
  });
  const settings: Partial<TlsServerSettings> = { verify: "required", ca: pair.cert };
  await withServer(settings, async (meet) => {
    const { seen } = await meet({ ...client });
    assert.equal(seen.code, "ERR_SSL_CERTIFICATE_VERIFY_FAILED");
    assert.equal(seen.tls?.certificateError, 18);
    assert.equal(seen.tls?.authorityError, undefined);
    assert.equal(seen.tls?.error?.text, "error:0A000086:SSL routines::certificate verify failed");
    assert.ok(seen.tls?.peerCertificate);
    assert.equal((await meet({})).seen.tls?.error?.number, 0x0a0000c7);
  });
});

test("OpenSSL's line, and whose fault an error is", () => {
  assert.deepEqual(
    opensslError("80EC:error:0A00017A:SSL routines:tls12_check_peer_sigalg:wrong curve:../t1_lib.c:1545:\n"),
    {
      number: 0x0a00017a,
      text: "error:0A00017A:SSL routines::wrong curve",
    },
  );
  assert.equal(opensslError("socket hang up"), undefined);
  const der = Buffer.from("x");
  assert.equal(faultDepth(2, [der, der]), 1);
  assert.equal(faultDepth(2, [der]), 1);
  assert.equal(faultDepth(20, [der]), 0);
  assert.equal(faultDepth(20, [der, der]), 1);
  assert.equal(faultDepth(23, [der, der]), 0);
  assert.equal(firstError(21), 20);
});
