import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { acceptsGzip } from "../filters/gzip.js";
import { namesEtag } from "./etag.js";
import { httpDate, readHttpDate } from "./http-date.js";
import { errorPage } from "./status-text.js";

test("dates are read in all three forms, and as they are written", () => {
  for (const text of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ])
    assert.equal(readHttpDate(text), 784111777, text);
  for (const wrong of ["", "yesterday", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT"])
    assert.equal(readHttpDate(wrong), undefined, wrong);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e9 }), (at) => assert.equal(readHttpDate(httpDate(at)), at)),
  );
});

test("entity tags", () => {
  assert.ok(namesEtag('"a", "b"', '"b"', false));
  assert.ok(!namesEtag('W/"b"', '"b"', false));
  assert.ok(namesEtag('W/"b"', '"b"', true));
  assert.ok(namesEtag("*", undefined, false));
  assert.ok(!namesEtag('"a"', undefined, true));
});

test("who accepts gzip", () => {
  for (const yes of ["gzip", "deflate, gzip", "GZIP;q=0.1", "br;q=1, gzip ; q=0.5"])
    assert.ok(acceptsGzip(yes), yes);
  for (const no of [undefined, "", "identity", "x-gzip", "gzip;q=0", "gzip;q=0.0", "*"])
    assert.ok(!acceptsGzip(no), no);
});

test("pages of errors name their status, and those of nginx's own are told as 400", () => {
  assert.match(errorPage(404, "nginx", false)!, /<title>404 Not Found<\/title>/);
  assert.match(errorPage(497, "nginx", false)!, /The plain HTTP request was sent to HTTPS port/);
  assert.equal(errorPage(200, "nginx", false), undefined);
  assert.equal(errorPage(418, "nginx", false), undefined);
});
