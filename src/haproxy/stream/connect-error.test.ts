import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConnectFailure, notServerName, notVerifyHost } from "../../proxy/index.js";
import { connectError } from "./connect-error.js";

const failure = (step: ConnectFailure["step"], code: string, more: Partial<ConnectFailure> = {}) => ({
  step,
  code,
  message: code,
  timedOut: false,
  ...more,
});

test("numbers of connections that weren't made", () => {
  const wanted: readonly [ConnectFailure, number | undefined][] = [
    [failure("connect", "ECONNREFUSED"), undefined],
    [failure("tls", "ETIMEDOUT", { timedOut: true }), undefined],
    [failure("local", "EADDRNOTAVAIL", { call: "bind" }), 8],
    [failure("local", "EADDRNOTAVAIL", { call: "connect" }), 9],
    [failure("local", "EADDRINUSE", { call: "connect" }), 10],
    [failure("local", "EMFILE", { call: "socket" }), 2],
    [failure("local", "ENETUNREACH", { call: "connect" }), 6],
    [failure("tls", "ECONNRESET"), 34],
    [failure("tls", "SELF_SIGNED_CERT_IN_CHAIN"), 34],
    [failure("tls", notVerifyHost), 32],
    [failure("tls", notServerName), 33],
    [failure("socks4", "SOCKS4_REJECTED"), 41],
    [failure("socks4", "ECONNRESET"), 40],
  ];
  for (const [each, number] of wanted) assert.equal(connectError(each), number, JSON.stringify(each));
});
