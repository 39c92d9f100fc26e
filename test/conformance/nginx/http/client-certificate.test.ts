import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { connect } from "node:tls";
import { freePorts } from "../../../support/free-ports.js";
import { nginxIsThere, RealNginx } from "../../../support/real-nginx.js";
import { ours } from "./ours.js";

const missing = nginxIsThere() ? false : "needs nginx";
const modes = ["off", "on", "optional", "optional_no_ca"] as const;

/** A certificate of its own, with its key, as files in a folder. */
function makeCertificate(folder: string, name: string, options: readonly string[] = ["-nodes"]): void {
  const [crt, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-utf8",
      "-subj",
      `/O=Some, Org/CN=${name} é`,
      "-days",
      "2",
    ].concat(["-out", crt, "-keyout", key], options),
    { stdio: "ignore" },
  );
}

/** What a server answers a client that has a certificate, or none; latin1. */
function askBy(
  port: number,
  folder: string,
  name: string | undefined,
  { servername = "", host = "a" } = {},
): Promise<string> {
  const read = (end: string) =>
    name === undefined ? undefined : readFileSync(join(folder, `${name}.${end}`));
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      rejectUnauthorized: false,
      cert: read("crt"),
      key: read("key"),
      servername,
    };
    const socket = connect(options, () => {
      text = `${socket.getPeerCertificate().subject?.CN} ${socket.getCipher().name}: `;
      socket.write(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
    });
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("error", (error: Error & { code?: string }) =>
      error.code?.startsWith("ERR_SSL_") ? resolve(error.code) : reject(error),
    );
    socket.on("close", () => resolve(text.replace(/^Date: .*$/m, "Date: NOW")));
  });
}

describe("clients' certificates as nginx takes them", { skip: missing, timeout: 120_000 }, () => {
  test("who may ask, and what is known of him, by ssl_verify_client; a key with a password", async (t) => {
    const real = new RealNginx();
    t.after(() => real.stop());
    const { directory } = real;
    makeCertificate(directory, "known");
    makeCertificate(directory, "other");
    makeCertificate(directory, "server", ["-passout", "pass:secret"]);
    execFileSync("sh", ["-c", 'printf "wrong\\nsecret\\n" > "$0"', join(directory, "passwords")]);
    const ports = await freePorts(2 * modes.length);
    const server = (mode: string, port: number) =>
      `server { listen 127.0.0.1:${port} ssl; ssl_verify_client ${mode}; ssl_client_certificate ${directory}/known.crt;
        ssl_certificate ${directory}/server.crt; ssl_certificate_key ${directory}/server.key; ssl_password_file ${directory}/passwords;
        return 200 "$ssl_client_verify|$ssl_client_s_dn|$ssl_client_i_dn|$ssl_client_serial|$ssl_client_fingerprint"; }`;
    const textOf = (from: number) =>
      `http { access_log off; ${modes.map((mode, at) => server(mode, ports[from + at]!)).join("\n")} }`;
    await real.start(textOf(0), ports[0]!);
    const run = await ours(`events {} ${textOf(modes.length)}`, directory);
    t.after(() => run.stop());
    for (const [at, mode] of modes.entries())
      for (const name of [undefined, "known", "other"]) {
        const expected = await askBy(ports[at]!, directory, name);
        assert.match(expected, /^server é [\w-]+: HTTP\/1\.1 (200|400) /);
        assert.equal(await askBy(ports[modes.length + at]!, directory, name), expected, `${mode} ${name}`);
      }
  });

  test("servers of one address by their names: who asks for certificates, whose is shown, who refuses", async (t) => {
    const real = new RealNginx();
    t.after(() => real.stop());
    const { directory } = real;
    for (const name of ["server", "second", "known"]) makeCertificate(directory, name);
    const ports = await freePorts(2);
    const textOf = (port: number) => `http { access_log off; ssl_protocols TLSv1.2;
      map $ssl_server_name $file { default second; }
      ssl_certificate ${directory}/server.crt; ssl_certificate_key ${directory}/server.key; ssl_client_certificate ${directory}/known.crt;
      add_header X-Says "$server_name|$ssl_server_name|$ssl_client_verify|$ssl_client_s_dn_legacy|$ssl_client_v_end|$ssl_client_escaped_cert";
      server { listen 127.0.0.1:${port} ssl; server_name usual; return 200; }
      server { listen 127.0.0.1:${port}; server_name asks; ssl_verify_client on; return 200; }
      server { listen 127.0.0.1:${port}; server_name ~^regex; ssl_verify_client optional; return 200; }
      server { listen 127.0.0.1:${port}; server_name varied; ssl_certificate ${directory}/$file.crt; ssl_certificate_key ${directory}/$file.key; return 200; }
      server { listen 127.0.0.1:${port}; server_name other; ssl_conf_command Certificate ${directory}/second.crt; ssl_conf_command PrivateKey ${directory}/second.key; return 200; }
      server { listen 127.0.0.1:${port}; server_name refuses; ssl_reject_handshake on; } }`;
    await real.start(textOf(ports[0]!), ports[0]!);
    const run = await ours(`events {} ${textOf(ports[1]!)}`, directory);
    t.after(() => run.stop());
    const asks: readonly (readonly [servername: string, host: string, by?: string])[] = [
      ["", "usual"],
      ["usual", "usual"],
      ["asks", "asks"],
      ["asks", "asks", "known"],
      ["asks", "asks", "second"],
      ["regex.x", "regex.x"],
      ["regex.x", "regex.x", "known"],
      ["varied", "varied"],
      ["other", "other"],
      ["refuses", "refuses"],
      // Another server is asked for than the handshake was with.
      ["usual", "asks", "known"],
      ["asks", "usual", "known"],
    ];
    for (const [servername, host, by] of asks) {
      const [expected, actual] = await Promise.all(
        ports.map((port) => askBy(port, directory, by, { servername, host })),
      );
      assert.equal(actual, expected, `${servername} ${host} ${by}`);
    }
  });
});
