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
function askBy(port: number, folder: string, name: string | undefined): Promise<string> {
  const read = (end: string) =>
    name === undefined ? undefined : readFileSync(join(folder, `${name}.${end}`));
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      rejectUnauthorized: false,
      cert: read("crt"),
      key: read("key"),
    };
    const socket = connect(options, () => socket.write("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("error", reject);
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
        assert.match(expected, /^HTTP\/1\.1 (200|400) /);
        assert.equal(await askBy(ports[modes.length + at]!, directory, name), expected, `${mode} ${name}`);
      }
  });
});
