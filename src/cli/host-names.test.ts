import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { IpAddress } from "../wire/address.js";
import { shownNames, systemNames, withTypedNames } from "./host-names.js";

test("a name server that does not answer costs no more than the patience, and addresses stay numbers", async () => {
  const silent = createSocket("udp4");
  silent.bind(0, "127.0.0.1");
  await once(silent, "listening");
  let questions = 0;
  silent.on("message", () => questions++);
  try {
    const { port } = silent.address() as AddressInfo;
    const names = systemNames({ patience: 400, servers: [`127.0.0.1:${port}`] });
    const addresses = Array.from({ length: 30 }, (_, i) => IpAddress.of(`192.0.2.${i}`));
    const begin = Date.now();
    const shown = await shownNames(names, addresses);
    assert.ok(Date.now() - begin < 2000);
    assert.ok(questions > 0);
    assert.equal(shown.host(addresses[7]!), "192.0.2.7");
  } finally {
    silent.close();
  }
});

test("a typed host name is looked up once, however often the words are read again", async () => {
  const asked: string[] = [];
  const names = {
    ...systemNames(),
    address: async (name: string) => {
      asked.push(name);
      return IpAddress.of("192.0.2.1");
    },
  };
  const both = await withTypedNames(names, (table) => [
    table.hostAddress("one.example"),
    table.hostAddress("two.example"),
    table.hostAddress("one.example"),
  ]);
  assert.deepEqual(asked, ["one.example", "two.example"]);
  assert.equal(`${both}`, "192.0.2.1,192.0.2.1,192.0.2.1");
});

test("mistakes of the reader come through", async () => {
  await assert.rejects(
    withTypedNames(systemNames(), () => {
      throw new RangeError("no");
    }),
    RangeError,
  );
});
