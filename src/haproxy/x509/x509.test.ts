import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { derOf, element, integer, made, objectIdentifier, objectNumber, pemOf } from "./der.js";
import { defaultDhParameters } from "./dh-parameters.js";
import { makeCertificate } from "./make-certificate.js";
import { certificateId, ocspFault, ocspResponseText, parseOcspResponse } from "./ocsp-response.js";
import { pemParts, withIssuer, withKey, withOcspResponse } from "./pem-parts.js";
import { revocationListText } from "./revocation-list.js";

const folder = mkdtempSync(join(tmpdir(), `rondo-x509-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));
const openssl = (...words: string[]) =>
  execFileSync("openssl", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const read = (name: string) => readFileSync(join(folder, name), "utf8");

openssl(
  "req",
  "-x509",
  "-newkey",
  "rsa:2048",
  "-nodes",
  "-days",
  "9",
  "-subj",
  "/C=FR/O=Test/CN=Root",
  "-keyout",
  "ca.key",
  "-out",
  "ca.crt",
);
openssl(
  "req",
  "-newkey",
  "rsa:2048",
  "-nodes",
  "-subj",
  "/CN=leaf.test",
  "-keyout",
  "leaf.key",
  "-out",
  "leaf.csr",
);
openssl(
  "x509",
  "-req",
  "-in",
  "leaf.csr",
  "-CA",
  "ca.crt",
  "-CAkey",
  "ca.key",
  "-set_serial",
  "0x91AB",
  "-days",
  "5",
  "-out",
  "leaf.crt",
);

/** A response about the leaf: good, or revoked. */
function respond(entry: string): Buffer {
  writeFileSync(join(folder, "index.txt"), `${entry}\t91AB\tunknown\t/CN=leaf.test\n`);
  openssl(
    "ocsp",
    "-index",
    "index.txt",
    "-rsigner",
    "ca.crt",
    "-rkey",
    "ca.key",
    "-CA",
    "ca.crt",
    "-issuer",
    "ca.crt",
    "-cert",
    "leaf.crt",
    "-ndays",
    "2",
    "-respout",
    "leaf.ocsp",
  );
  return readFileSync(join(folder, "leaf.ocsp"));
}

test("a revocation list is told as HAProxy tells it", () => {
  writeFileSync(join(folder, "index.txt"), "R\t491231000000Z\t240102030405Z\t91AB\tunknown\t/CN=leaf.test\n");
  writeFileSync(
    join(folder, "ca.cnf"),
    "[ca]\ndefault_ca=one\n[one]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=3\n",
  );
  openssl("ca", "-config", "ca.cnf", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.crt", "-out", "ca.crl");
  const lines = revocationListText(read("ca.crl")).split("\n");
  const [last, next] = openssl("crl", "-in", "ca.crl", "-noout", "-lastupdate", "-nextupdate")
    .trim()
    .split("\n");
  assert.deepEqual(lines, [
    lines[0],
    "Signature Algorithm: sha256WithRSAEncryption",
    "Issuer: /C=FR/O=Test/CN=Root",
    `Last Update: ${last?.split("=")[1]}`,
    `Next Update: ${next?.split("=")[1]}`,
    "Revoked Certificates:",
    "    Serial Number: 91AB",
    "        Revocation Date: Jan  2 03:04:05 2024 GMT",
    "",
  ]);
  assert.throws(() => revocationListText(pemOf("X509 CRL", Buffer.from([0x30, 0x50, 1]))));
});

test("an OCSP response is told as openssl tells it, and judged", () => {
  const good = respond("V\t491231000000Z\t");
  const text = ocspResponseText(good);
  const theirs = openssl("ocsp", "-respin", "leaf.ocsp", "-resp_text", "-noverify");
  const untilCertificates = (shown: string) => shown.replaceAll("\n\n", "\n \n").split("Certificate:\n")[0];
  assert.equal(untilCertificates(text), untilCertificates(theirs));
  assert.equal(ocspFault(good), undefined);
  assert.equal(ocspFault(good, Date.now() + 4 * 86_400_000), "OCSP single response: no longer valid.");
  assert.equal(ocspFault(Buffer.from("no")), "Unable to parse OCSP response");
  const key = parseOcspResponse(good)?.basic?.singles[0]?.key;
  assert.equal(certificateId(read("leaf.crt"), read("ca.crt")), key);
  assert.equal(certificateId(read("ca.crt"), read("leaf.crt")), undefined);
  const revoked = respond("R\t491231000000Z\t240102030405Z,keyCompromise");
  assert.match(
    ocspResponseText(revoked),
    /Cert Status: revoked\n {4}Revocation Time: Jan {2}2 03:04:05 2024 GMT\n {4}Revocation Reason: keyCompromise \(0x1\)\n/,
  );
  assert.equal(ocspFault(revoked), undefined);
});

test("a certificate's text takes its parts, one at a time", () => {
  let text = read("leaf.crt");
  assert.equal(pemParts(text).key, undefined);
  text = withKey(text, read("leaf.key"));
  text = withOcspResponse(text, Buffer.from("first"));
  text = withIssuer(withOcspResponse(text, Buffer.from("second")), read("ca.crt"));
  const parts = pemParts(text);
  assert.deepEqual(parts.certificates.map(derOf), [derOf(read("leaf.crt"))]);
  assert.deepEqual(derOf(parts.key ?? ""), derOf(read("leaf.key")));
  assert.equal(parts.ocspResponse?.toString(), "second");
  assert.deepEqual(derOf(parts.issuer ?? ""), derOf(read("ca.crt")));
  assert.equal(pemParts(withKey(text, read("ca.key"))).ocspResponse?.toString(), "second");
  assert.deepEqual(derOf(pemParts(withKey(text, read("ca.key"))).key ?? ""), derOf(read("ca.key")));
});

test("DH parameters are as long as the key, up to the limit", () => {
  for (const [limit, bits] of [
    [4096, 2048],
    [2048, 2048],
    [1024, 1024],
  ] as const) {
    writeFileSync(join(folder, "dh.pem"), defaultDhParameters(read("leaf.crt"), limit));
    assert.match(openssl("dhparam", "-in", "dh.pem", "-noout", "-text"), new RegExp(`${bits} bit`));
  }
});

test("a certificate that is made for a name is verified by its authority", () => {
  const authority = { certificate: read("ca.crt"), key: createPrivateKey(read("ca.key")) };
  const pem = makeCertificate("made.example.org", createPrivateKey(read("leaf.key")), authority);
  writeFileSync(join(folder, "made.crt"), pem);
  assert.match(
    openssl("verify", "-CAfile", "ca.crt", "-verify_hostname", "made.example.org", "made.crt"),
    /OK/,
  );
  const made = new X509Certificate(pem);
  assert.equal(made.checkHost("made.example.org"), "made.example.org");
  assert.equal(made.issuer, "C=FR\nO=Test\nCN=Root");
  assert.ok(made.checkPrivateKey(createPrivateKey(read("leaf.key"))));
});

test("what is made of DER is read again", () => {
  const long = made(0x04, Buffer.alloc(300, 7));
  assert.deepEqual(long.subarray(0, 4), Buffer.from([0x04, 0x82, 0x01, 0x2c]));
  assert.equal(element(long, 0).content.length, 300);
  assert.equal(
    objectNumber(element(objectIdentifier("1.2.840.113549.1.1.11"), 0).content),
    "1.2.840.113549.1.1.11",
  );
  assert.deepEqual(integer(Buffer.from([0, 0, 0x91])), Buffer.from([2, 2, 0, 0x91]));
  assert.throws(() => element(Buffer.from([0x30, 5, 1]), 0), RangeError);
});
