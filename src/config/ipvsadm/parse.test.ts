import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "../../wire/address.js";
import { UsageError } from "./failure.js";
import { HostWanted, type NameTable } from "./names.js";
import { parse } from "./parse.js";
import { restoreLines } from "./restore-lines.js";
import { mergeSort } from "./sort.js";

const words = (line: string) => line.split(" ");

test("the command lines that people type", () => {
  const service = { kind: "address", protocol: "tcp", address: IpAddress.of("8.8.8.8"), port: 80 };
  assert.deepEqual(parse(words("-At 8.8.8.8:80 -s rr")), {
    kind: "add-service",
    service: { id: service, scheduler: "rr", schedulerFlags: [], onePacket: false },
  });
  assert.deepEqual(parse(words("-at 8.8.8.8:80 -r 192.168.10.2:8080 -m")), {
    kind: "add-server",
    service,
    server: {
      address: IpAddress.of("192.168.10.2"),
      port: 8080,
      method: "masq",
      weight: 1,
      upperThreshold: 0,
      lowerThreshold: 0,
    },
  });
  const plain = { columns: "default", numeric: false, exact: false, sorted: true, json: false };
  for (const line of ["-Ln", "-ln", "-L -n", "--list --numeric --sort"])
    assert.deepEqual(parse(words(line)), { kind: "list-services", format: { ...plain, numeric: true } });
  assert.deepEqual(parse([]), { kind: "list-services", format: plain });
  assert.deepEqual(parse(words("-Lnc")), {
    kind: "list-connections",
    format: { ...plain, numeric: true },
    filter: {},
  });
  assert.deepEqual(parse(words("-C")), { kind: "clear" });
  assert.deepEqual(parse(words("-Z -t 0.0.0.0:0")), { kind: "zero" });
  assert.deepEqual(parse(words("--set 1 0 3")), {
    kind: "set-timeouts",
    timeouts: { tcp: 1, tcpFin: 0, udp: 3 },
  });
});

test("a command is frozen through and through", () => {
  const command = parse(words("-A -t 8.8.8.8:80 -s sh -b sh-port -p"));
  assert.ok(command.kind === "add-service");
  assert.ok(Object.isFrozen(command));
  assert.ok(Object.isFrozen(command.service.persistence));
  assert.ok(Object.isFrozen(command.service.schedulerFlags));
});

test("a program called otherwise tells its own name", () => {
  assert.throws(() => parse(["x"], { program: "/sbin/lvs" }), {
    message: "Try `/sbin/lvs -h' or '/sbin/lvs --help' for more information.",
    exitStatus: 255,
  });
});

test("a list of flags that names none is refused", () => {
  assert.throws(() => parse(words("-A -f 1 -b ,,")), {
    message: "invalid scheduler flag `,,'",
    exitStatus: 2,
  });
});

test("host names are asked for where a host stands, and an empty one never", () => {
  const names: NameTable = {
    hostAddress(name) {
      throw new HostWanted(name);
    },
    servicePort: () => undefined,
  };
  assert.throws(() => parse(words("-A -t web.example:80"), { names }), { host: "web.example" });
  assert.throws(() => parse(words("-A -f 1 -p -M mask.example"), { names }), { host: "mask.example" });
  for (const line of ["-A -t :80", "-A -t []:80", "-A -f 1 -p -M "])
    assert.throws(() => parse(words(line), { names }), UsageError, line);
});

test("whatever is typed, it is understood or refused in words", () => {
  const names: NameTable = { hostAddress: () => IpAddress.of("10.0.0.1"), servicePort: () => 80 };
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom("-A", "-L", "-t", "-f", "-6", "-M", "-b", "-r"))),
      (argv) => {
        try {
          parse(argv, { names });
        } catch (error) {
          assert.ok(error instanceof UsageError);
          assert.ok([2, 255].includes(error.exitStatus));
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("lines are the same however their bytes arrive", async () => {
  const read = async (pieces: Iterable<Uint8Array | string>) => {
    const lines = [];
    for await (const some of restoreLines(
      (async function* () {
        yield* pieces;
      })(),
    ))
      lines.push(...some);
    return lines;
  };
  const text = "-A -t ä.example:80\r\n\n  ipvsadm\n\tipvsadm -C \n-L";
  const expected = [
    { number: 1, text: "-A -t ä.example:80", words: ["-A", "-t", "ä.example:80"] },
    { number: 4, text: "ipvsadm -C", words: ["-C"] },
    { number: 5, text: "-L", words: ["-L"] },
  ];
  const bytes = new TextEncoder().encode(text);
  assert.deepEqual(await read([text]), expected);
  assert.deepEqual(await read([...bytes].map((byte) => Uint8Array.of(byte))), expected);
  assert.deepEqual(await read([]), []);
});

test("with an order that is one, the merge sort sorts and is stable", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer())), (items) => {
      const byFirst = (one: [number, number], other: [number, number]) => one[0] - other[0];
      assert.deepEqual(mergeSort(items, byFirst), [...items].sort(byFirst));
    }),
  );
});
