import assert from "node:assert/strict";
import { test } from "node:test";
import { tlsVersions } from "./tls-versions.js";

const none = { minVersion: undefined, maxVersion: undefined };

test("a line's versions come before those of ssl-default-*-options", () => {
  assert.deepEqual(tlsVersions(none, []), ["TLSv1.2", "TLSv1.3"]);
  const options = ["ssl-min-ver", "TLSv1.1", "ssl-max-ver", "TLSv1.2"];
  assert.deepEqual(tlsVersions(none, options), ["TLSv1.1", "TLSv1.2"]);
  assert.deepEqual(tlsVersions({ ...none, minVersion: "TLSv1.0" }, options), ["TLSv1", "TLSv1.2"]);
  assert.deepEqual(tlsVersions({ ...none, maxVersion: "TLSv1.3" }, options), ["TLSv1.1", "TLSv1.3"]);
});

test("force- takes one version, no- moves the ends towards each other, and an end never passes the other", () => {
  assert.deepEqual(tlsVersions(none, ["force-tlsv12"]), ["TLSv1.2", "TLSv1.2"]);
  assert.deepEqual(tlsVersions(none, ["no-tlsv12"]), ["TLSv1.3", "TLSv1.3"]);
  assert.deepEqual(tlsVersions(none, ["no-tlsv13"]), ["TLSv1.2", "TLSv1.2"]);
  assert.deepEqual(tlsVersions({ ...none, minVersion: "TLSv1.3" }, ["ssl-max-ver", "TLSv1.2"]), [
    "TLSv1.2",
    "TLSv1.2",
  ]);
});
