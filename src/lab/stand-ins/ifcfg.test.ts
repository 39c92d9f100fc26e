import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressOf, formatIfcfg, parseIfcfg } from "./ifcfg.js";

const valuesOf = (text: string) => Object.fromEntries(parseIfcfg(text));

test("remarks, blanks and quotes are read over", () => {
  assert.deepEqual(
    valuesOf(
      '# the VIP\nDEVICE=lo:0\t\t##设备名称\n  IPADDR=192.168.4.15 # VIP\nNAME="the VIP"\nONBOOT=\nnonsense\n',
    ),
    { DEVICE: "lo:0", IPADDR: "192.168.4.15", NAME: "the VIP", ONBOOT: "" },
  );
});

test("what is written is read again", () => {
  const key = fc.stringMatching(/^[A-Z_][A-Z_0-9]{0,8}$/);
  const value = fc.stringMatching(/^[\w:./-]*( [\w:./-]+)*$/);
  fc.assert(
    fc.property(fc.dictionary(key, value), (values) => {
      assert.deepEqual(valuesOf(formatIfcfg(new Map(Object.entries(values)))), { ...values });
    }),
  );
});

test("an address has its prefix length from PREFIX, from NETMASK, or the usual one", () => {
  const address = (text: string) => addressOf(parseIfcfg(text));
  assert.equal(address("IPADDR=192.168.4.15\nPREFIX=24"), "192.168.4.15/24");
  assert.equal(address("IPADDR=192.168.4.15\nNETMASK=255.255.255.255"), "192.168.4.15/32");
  assert.equal(address("IPADDR=172.16.0.1\nNETMASK=255.255.0.0"), "172.16.0.1/16");
  assert.equal(address("IPADDR=192.168.4.5"), "192.168.4.5/24");
  assert.equal(address("DEVICE=ens33\nPREFIX=24"), undefined);
});
