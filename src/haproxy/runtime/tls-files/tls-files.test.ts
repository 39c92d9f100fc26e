import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { certificateStore, type TlsFileKind } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), `rondo-tls-files-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

/** A certificate for a name, with its key. */
function makePair(name: string): { certificate: string; key: string } {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const subject = ["-subj", `/C=FR/O=Test/CN=${name}`, "-addext", `subjectAltName=DNS:${name},DNS:*.${name}`];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      ...subject,
      "-keyout",
      key,
      "-out",
      certificate,
    ],
    { stdio: "ignore" },
  );
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

const one = makePair("one.test");
const two = makePair("two.test");

function makeStore() {
  const files = new Map([
    ["/one.pem", one.certificate + one.key],
    ["/list", "# names\n/one.pem\n/one.pem [alpn h2] one.test\n"],
    ["/ca.pem", one.certificate + two.certificate],
  ]);
  const used: Record<TlsFileKind, Map<string, number>> = {
    cert: new Map([["/one.pem", 2]]),
    "ca-file": new Map([["/ca.pem", 1]]),
    "crl-file": new Map(),
    "crt-list": new Map([["/list", 1]]),
  };
  const store = certificateStore({
    used: (kind) => used[kind],
    read: (name) => files.get(name),
    defaultOf: () => ["test.cfg:7"],
    replace: (changes) => {
      for (const [name, text] of changes) files.set(name, text);
    },
  });
  return { files, ...store.kinds };
}

test("a certificate is shown, replaced in a transaction, and shown again", () => {
  const { cert, files } = makeStore();
  assert.deepEqual(cert.names(), ["/one.pem"]);
  const shown = cert.show("/one.pem") ?? "";
  assert.match(
    shown,
    /^Filename: \/one\.pem\nStatus: Used\nSerial: [0-9A-F]+\nnotBefore: .*GMT\nnotAfter: .*GMT\n/,
  );
  assert.match(
    shown,
    /\nSubject Alternative Name: DNS:one\.test, DNS:\*\.one\.test\nAlgorithm: RSA2048\nSHA1 FingerPrint: [0-9A-F]{40}\n/,
  );
  assert.match(shown, /\nSubject: \/C=FR\/O=Test\/CN=one\.test\nIssuer: \/C=FR\/O=Test\/CN=one\.test\n$/);
  const text = two.certificate + two.key;
  assert.deepEqual(cert.set("/one.pem", text), {
    ok: true,
    text: "Transaction created for certificate /one.pem!\n",
  });
  assert.deepEqual(cert.set("/one.pem", text), {
    ok: true,
    text: "Transaction updated for certificate /one.pem!\n",
  });
  assert.equal(cert.transaction, "/one.pem");
  assert.match(cert.show("*/one.pem") ?? "", /Status: Unused[\s\S]*CN=two\.test/);
  assert.match(cert.show("/one.pem") ?? "", /CN=one\.test/);
  assert.deepEqual(cert.commit("/one.pem"), { ok: true, text: "Committing /one.pem..\nSuccess!\n" });
  assert.equal(files.get("/one.pem"), text);
  assert.equal(cert.transaction, undefined);
});

test("what doesn't fit is refused, and nothing is changed", () => {
  const { cert, files } = makeStore();
  assert.match(
    cert.set("/two.pem", two.certificate).text,
    /not referenced by the configuration!\nCan't update \/two\.pem!\n$/,
  );
  assert.equal(cert.set("/one.pem", "rubbish").text, "Can't load the payload\nCan't update /one.pem!\n");
  assert.equal(cert.commit("/one.pem").text, "No ongoing transaction! !\nCan't commit /one.pem!\n");
  cert.set("/one.pem", two.certificate);
  assert.match(cert.commit("/one.pem").text, /at least a certificate and a private key!/);
  assert.equal(cert.set("/one.pem.key", one.key).ok, true);
  assert.match(
    cert.commit("/one.pem").text,
    /inconsistencies between private key and certificate loaded '\/one\.pem'/,
  );
  assert.match(cert.abort("/two.pem").text, /^The ongoing transaction is about '\/one\.pem'/);
  assert.equal(cert.abort("/one.pem").ok, true);
  assert.equal(files.get("/one.pem"), one.certificate + one.key);
  assert.equal(
    cert.remove("/one.pem").text,
    "Can't remove the certificate: certificate '/one.pem' in use, can't be deleted!\n\n",
  );
});

test("a new certificate goes into a list, and a line out of it", () => {
  const { cert, "crt-list": list } = makeStore();
  assert.match(
    list.add?.("/list", "/two.pem two.test").text ?? "",
    /certificate '\/two\.pem' does not exist!/,
  );
  assert.equal(cert.create("/two.pem").text, "New empty certificate store '/two.pem'!\n");
  assert.match(cert.show("/two.pem") ?? "", /Status: Empty/);
  cert.set("/two.pem", two.certificate + two.key);
  assert.equal(cert.commit("/two.pem").ok, true);
  assert.equal(
    list.add?.("/list", "/two.pem [verify none] two.test").text,
    "Inserting certificate '/two.pem' in crt-list '/list'.\nSuccess!\n",
  );
  assert.equal(
    list.show("/list", "-n"),
    "# /list\n/one.pem:2\n/one.pem:3 [alpn h2] one.test\n/two.pem:4 [verify none] two.test\n",
  );
  assert.match(
    list.remove("/list", "/one.pem").text,
    /in several entries, please specify a line number preceded by colons \(2, 3\)!/,
  );
  assert.match(list.add?.("/list", "/two.pem [ca-file /new.pem]").text ?? "", /unable to load \/new\.pem/);
  assert.match(list.remove("/list", "/one.pem:2").text, /used as default certificate/);
  assert.equal(list.remove("/list", "/one.pem:3").text, "Entry '/one.pem' deleted in crtlist '/list'!\n");
  assert.equal(list.show("/list"), "# /list\n/one.pem\n/two.pem [verify none] two.test\n");
});

test("authorities are counted and shown one by one", () => {
  const { "ca-file": authorities } = makeStore();
  assert.deepEqual(authorities.names(), ["/ca.pem - 2 certificate(s)"]);
  const second = authorities.show("/ca.pem", "2") ?? "";
  assert.match(second, /Certificate #2:\n/);
  assert.ok(!second.includes("Certificate #1:"));
});
