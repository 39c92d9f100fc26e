import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { noEndpoint } from "../wire/endpoint.js";
import { makeTlsClient } from "./client.js";
import { makeTlsServer } from "./server.js";
import type { TlsClientSettings, TlsVersionName } from "./settings.js";
import { notServerName, notVerifyHost } from "./verify-error.js";

const folder = mkdtempSync(join(tmpdir(), `rondo-tls-client-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

const info = {
  source: noEndpoint,
  destination: noEndpoint,
  realSource: noEndpoint,
  realDestination: noEndpoint,
  tls: undefined,
  proxyProtocol: undefined,
};

function makePair(): { cert: string; key: string } {
  const [key, cert] = [join(folder, "key"), join(folder, "crt")];
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=host.test";
  execFileSync("openssl", [...words.split(" "), "-keyout", key, "-out", cert], { stdio: "ignore" });
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

const pair = makePair();

/** One handshake with a server that has a certificate for host.test: how it ends for both. */
async function meet(
  settings: Partial<TlsClientSettings>,
  serverName: string | undefined,
  version: TlsVersionName,
): Promise<{ client: string; server: string }> {
  const tls = makeTlsServer({ certificates: [{ pairs: [pair] }], minVersion: version, maxVersion: version });
  const server = createServer();
  const seen = new Promise<string>((resolve) => {
    server.on("connection", (socket) =>
      tls.accept(socket, info, {
        onSecure: (wire) => {
          resolve("secure");
          wire.destroy();
        },
        onFailed: (_code, _message, failed) => resolve(`${failed?.protocol} ${failed?.cipher}`),
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  try {
    const client = makeTlsClient({ verify: "required", ca: pair.cert, ...settings });
    const ended = await new Promise<string>((resolve) => {
      client.start(serverName === undefined ? {} : { serverName }, socket, info, {
        onSecure: (wire) => {
          resolve("secure");
          wire.destroy();
        },
        onFailed: (code) => resolve(code),
      });
    });
    return { client: ended, server: await seen };
  } finally {
    socket.destroy();
    server.close();
  }
}

test("a certificate must be for the name that was sent; verifyhost counts where none was", async () => {
  const wanted: readonly [verifyHost: string | undefined, serverName: string | undefined, end: string][] = [
    [undefined, undefined, "secure"],
    [undefined, "host.test", "secure"],
    [undefined, "other.test", notServerName],
    ["host.test", undefined, "secure"],
    ["other.test", undefined, notVerifyHost],
    ["other.test", "host.test", "secure"],
    ["host.test", "other.test", notServerName],
  ];
  for (const [verifyHost, serverName, end] of wanted) {
    const { client } = await meet({ verifyHost }, serverName, "TLSv1.3");
    assert.equal(client, end, `${verifyHost} ${serverName}`);
  }
  assert.equal(
    (await meet({ verify: "none", verifyHost: "other.test" }, undefined, "TLSv1.3")).client,
    "secure",
  );
});

test("a server that was refused knows the cipher that TLS 1.3 had chosen", async () => {
  const own = { ca: undefined, cipherSuites: "TLS_AES_256_GCM_SHA384" };
  const { client, server } = await meet(own, undefined, "TLSv1.3");
  assert.deepEqual([client, server], ["DEPTH_ZERO_SELF_SIGNED_CERT", "TLSv1.3 TLS_AES_256_GCM_SHA384"]);
});
