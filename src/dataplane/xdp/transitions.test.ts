import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sctpStates, stateName, tcpStates, udpStates } from "../../ipvs/model.js";
import { sctpEvents } from "./sctp-states.js";
import { Direction } from "./state-rows.js";
import { stateNumber } from "./tcp-states.js";
import {
  activeMark,
  eventFlags,
  firstEvent,
  laterFragment,
  mayBeginBit,
  sctpEvent,
  timeoutIndexes,
  timeoutTable,
  transitionIndex,
  transitionTable,
} from "./transitions.js";

/**
 * What the kernel's tables say, turned round: for each state before it the states after each event. TCP's events are syn,
 * fin, ack, rst; SCTP's data, init, init ack, cookie echo, cookie ack, shutdown, shutdown ack, shutdown complete, error, abort.
 */
type Expected = Readonly<Record<keyof typeof Direction, Readonly<Record<string, string>>>>;

const tcp: Expected = {
  inputOnly: {
    NONE: "SYN_RECV CLOSE ESTABLISHED CLOSE",
    ESTABLISHED: "ESTABLISHED FIN_WAIT ESTABLISHED CLOSE",
    SYN_SENT: "ESTABLISHED SYN_SENT SYN_SENT CLOSE",
    SYN_RECV: "SYN_RECV TIME_WAIT ESTABLISHED SYN_RECV",
    FIN_WAIT: "SYN_RECV FIN_WAIT FIN_WAIT CLOSE",
    TIME_WAIT: "SYN_RECV TIME_WAIT TIME_WAIT CLOSE",
    CLOSE: "SYN_RECV CLOSE CLOSE CLOSE",
    CLOSE_WAIT: "SYN_RECV CLOSE_WAIT CLOSE_WAIT CLOSE",
    LAST_ACK: "SYN_RECV LAST_ACK CLOSE LAST_ACK",
    LISTEN: "SYN_RECV LISTEN LISTEN LISTEN",
    SYNACK: "SYN_RECV TIME_WAIT ESTABLISHED CLOSE",
  },
  toServer: {
    NONE: "SYN_RECV CLOSE ESTABLISHED CLOSE",
    ESTABLISHED: "ESTABLISHED CLOSE_WAIT ESTABLISHED CLOSE",
    SYN_SENT: "ESTABLISHED SYN_SENT SYN_SENT CLOSE",
    SYN_RECV: "SYN_RECV TIME_WAIT ESTABLISHED SYN_RECV",
    FIN_WAIT: "SYN_RECV TIME_WAIT FIN_WAIT CLOSE",
    TIME_WAIT: "SYN_RECV TIME_WAIT TIME_WAIT CLOSE",
    CLOSE: "SYN_RECV CLOSE CLOSE CLOSE",
    CLOSE_WAIT: "SYN_RECV CLOSE_WAIT CLOSE_WAIT CLOSE",
    LAST_ACK: "SYN_RECV LAST_ACK CLOSE LAST_ACK",
    LISTEN: "SYN_RECV LISTEN LISTEN LISTEN",
    SYNACK: "SYN_RECV TIME_WAIT ESTABLISHED SYN_RECV",
  },
  toClient: {
    NONE: "SYN_SENT TIME_WAIT ESTABLISHED CLOSE",
    ESTABLISHED: "ESTABLISHED FIN_WAIT ESTABLISHED CLOSE",
    SYN_SENT: "SYN_SENT SYN_SENT SYN_SENT SYN_SENT",
    SYN_RECV: "SYN_RECV TIME_WAIT ESTABLISHED CLOSE",
    FIN_WAIT: "SYN_SENT FIN_WAIT FIN_WAIT CLOSE",
    TIME_WAIT: "SYN_SENT TIME_WAIT TIME_WAIT TIME_WAIT",
    CLOSE: "SYN_SENT CLOSE CLOSE CLOSE",
    CLOSE_WAIT: "SYN_SENT TIME_WAIT CLOSE_WAIT CLOSE",
    LAST_ACK: "SYN_SENT LAST_ACK LAST_ACK CLOSE",
    LISTEN: "LISTEN LISTEN ESTABLISHED CLOSE",
    SYNACK: "SYN_RECV TIME_WAIT ESTABLISHED CLOSE",
  },
};

const secureTcp: Expected = {
  inputOnly: {
    NONE: "SYNACK CLOSE ESTABLISHED CLOSE",
    ESTABLISHED: "ESTABLISHED FIN_WAIT ESTABLISHED CLOSE",
    SYN_SENT: "ESTABLISHED SYN_SENT SYN_SENT CLOSE",
    SYN_RECV: "SYN_RECV TIME_WAIT ESTABLISHED SYN_RECV",
    FIN_WAIT: "SYNACK FIN_WAIT FIN_WAIT CLOSE",
    TIME_WAIT: "SYNACK TIME_WAIT TIME_WAIT CLOSE",
    CLOSE: "SYNACK CLOSE CLOSE CLOSE",
    CLOSE_WAIT: "SYNACK CLOSE_WAIT CLOSE_WAIT CLOSE",
    LAST_ACK: "SYNACK LAST_ACK CLOSE LAST_ACK",
    LISTEN: "SYNACK LISTEN LISTEN LISTEN",
    SYNACK: "SYNACK TIME_WAIT ESTABLISHED CLOSE",
  },
  toServer: {
    NONE: "SYN_RECV CLOSE ESTABLISHED CLOSE",
    ESTABLISHED: "ESTABLISHED CLOSE_WAIT ESTABLISHED CLOSE",
    SYN_SENT: "ESTABLISHED SYN_SENT SYN_SENT CLOSE",
    SYN_RECV: "SYN_RECV TIME_WAIT SYN_RECV SYN_RECV",
    FIN_WAIT: "SYN_RECV TIME_WAIT FIN_WAIT CLOSE",
    TIME_WAIT: "SYN_RECV TIME_WAIT TIME_WAIT CLOSE",
    CLOSE: "SYN_RECV CLOSE CLOSE CLOSE",
    CLOSE_WAIT: "SYN_RECV CLOSE_WAIT CLOSE_WAIT CLOSE",
    LAST_ACK: "SYN_RECV LAST_ACK CLOSE LAST_ACK",
    LISTEN: "SYN_RECV LISTEN LISTEN LISTEN",
    SYNACK: "SYNACK SYNACK SYNACK CLOSE",
  },
  toClient: {
    NONE: "SYN_SENT TIME_WAIT ESTABLISHED CLOSE",
    ESTABLISHED: "ESTABLISHED FIN_WAIT ESTABLISHED CLOSE",
    SYN_SENT: "SYN_SENT SYN_SENT SYN_SENT SYN_SENT",
    SYN_RECV: "SYNACK TIME_WAIT ESTABLISHED CLOSE",
    FIN_WAIT: "SYN_SENT FIN_WAIT FIN_WAIT CLOSE",
    TIME_WAIT: "SYN_SENT TIME_WAIT TIME_WAIT TIME_WAIT",
    CLOSE: "SYN_SENT CLOSE CLOSE CLOSE",
    CLOSE_WAIT: "SYN_SENT TIME_WAIT CLOSE_WAIT CLOSE",
    LAST_ACK: "SYN_SENT LAST_ACK LAST_ACK CLOSE",
    LISTEN: "LISTEN LISTEN ESTABLISHED CLOSE",
    SYNACK: "SYNACK TIME_WAIT ESTABLISHED CLOSE",
  },
};

const sctp: Expected = {
  inputOnly: {
    NONE: "ESTABLISHED INIT1 C-ECHOED ESTABLISHED ESTABLISHED S-RECEIVED CLOSED CLOSED CLOSED CLOSED",
    INIT1: "INIT1 INIT C-ECHOED ESTABLISHED INIT1 INIT1 INIT CLOSED INIT1 CLOSED",
    INIT: "INIT INIT C-ECHOED ESTABLISHED INIT INIT INIT CLOSED INIT CLOSED",
    "C-SENT": "C-SENT INIT C-ECHOED ESTABLISHED ESTABLISHED C-SENT C-SENT CLOSED C-SENT CLOSED",
    "C-REPLIED":
      "C-REPLIED INIT C-ECHOED ESTABLISHED ESTABLISHED C-REPLIED C-REPLIED CLOSED C-REPLIED CLOSED",
    "C-WAIT": "ESTABLISHED INIT C-ECHOED ESTABLISHED C-WAIT C-WAIT C-WAIT C-WAIT C-WAIT REJECTED",
    COOKIE: "COOKIE COOKIE COOKIE COOKIE ESTABLISHED COOKIE COOKIE COOKIE COOKIE CLOSED",
    "C-ECHOED": "C-ECHOED C-ECHOED C-ECHOED C-ECHOED ESTABLISHED C-ECHOED C-ECHOED C-ECHOED C-ECHOED CLOSED",
    ESTABLISHED:
      "ESTABLISHED ESTABLISHED ESTABLISHED ESTABLISHED ESTABLISHED S-RECEIVED CLOSED ESTABLISHED ESTABLISHED CLOSED",
    "S-SENT": "S-SENT S-SENT S-SENT S-SENT S-SENT S-SENT CLOSED S-SENT S-SENT CLOSED",
    "S-RECEIVED":
      "S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED CLOSED S-RECEIVED CLOSED",
    "S-ACK-SENT":
      "S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT CLOSED CLOSED S-ACK-SENT CLOSED",
    REJECTED: "REJECTED INIT REJECTED REJECTED REJECTED REJECTED REJECTED REJECTED REJECTED CLOSED",
    CLOSED: "CLOSED INIT CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED",
  },
  toServer: {
    NONE: "ESTABLISHED INIT1 C-WAIT C-REPLIED ESTABLISHED S-RECEIVED CLOSED CLOSED CLOSED CLOSED",
    INIT1: "INIT1 INIT C-WAIT INIT INIT1 INIT1 INIT CLOSED INIT1 CLOSED",
    INIT: "INIT INIT C-WAIT INIT INIT INIT INIT CLOSED INIT CLOSED",
    "C-SENT": "C-SENT C-SENT C-SENT C-REPLIED C-SENT C-SENT C-SENT C-SENT C-SENT CLOSED",
    "C-REPLIED":
      "C-REPLIED C-REPLIED C-REPLIED C-REPLIED C-REPLIED C-REPLIED C-REPLIED C-REPLIED C-REPLIED CLOSED",
    "C-WAIT": "C-WAIT C-WAIT COOKIE C-WAIT C-WAIT C-WAIT C-WAIT C-WAIT C-WAIT REJECTED",
    COOKIE: "COOKIE COOKIE COOKIE COOKIE COOKIE COOKIE COOKIE COOKIE COOKIE CLOSED",
    "C-ECHOED": "C-ECHOED C-ECHOED C-ECHOED C-ECHOED ESTABLISHED C-ECHOED C-ECHOED C-ECHOED CLOSED CLOSED",
    ESTABLISHED:
      "ESTABLISHED ESTABLISHED ESTABLISHED ESTABLISHED ESTABLISHED S-RECEIVED ESTABLISHED ESTABLISHED ESTABLISHED CLOSED",
    "S-SENT": "S-SENT S-SENT S-SENT S-SENT S-SENT S-SENT CLOSED S-SENT S-SENT CLOSED",
    "S-RECEIVED":
      "S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED CLOSED",
    "S-ACK-SENT":
      "S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT CLOSED CLOSED S-ACK-SENT CLOSED",
    REJECTED: "REJECTED INIT REJECTED REJECTED REJECTED REJECTED REJECTED REJECTED REJECTED CLOSED",
    CLOSED: "CLOSED INIT CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED",
  },
  toClient: {
    NONE: "ESTABLISHED C-WAIT C-SENT C-ECHOED ESTABLISHED S-SENT S-ACK-SENT CLOSED CLOSED CLOSED",
    INIT1: "INIT1 C-WAIT C-SENT C-ECHOED ESTABLISHED S-SENT S-ACK-SENT INIT1 CLOSED REJECTED",
    INIT: "INIT C-WAIT C-SENT C-ECHOED ESTABLISHED S-SENT S-ACK-SENT INIT CLOSED CLOSED",
    "C-SENT": "C-SENT C-WAIT C-SENT C-ECHOED ESTABLISHED S-SENT S-ACK-SENT C-SENT CLOSED CLOSED",
    "C-REPLIED": "C-REPLIED C-WAIT C-REPLIED C-ECHOED ESTABLISHED S-SENT S-ACK-SENT C-REPLIED CLOSED CLOSED",
    "C-WAIT": "C-WAIT C-WAIT C-WAIT C-ECHOED ESTABLISHED S-SENT C-WAIT C-WAIT C-WAIT CLOSED",
    COOKIE: "COOKIE C-WAIT COOKIE C-ECHOED ESTABLISHED S-SENT COOKIE COOKIE COOKIE CLOSED",
    "C-ECHOED": "C-ECHOED C-WAIT C-ECHOED C-ECHOED ESTABLISHED S-SENT C-ECHOED C-ECHOED C-ECHOED CLOSED",
    ESTABLISHED:
      "ESTABLISHED ESTABLISHED ESTABLISHED ESTABLISHED ESTABLISHED S-SENT ESTABLISHED ESTABLISHED ESTABLISHED CLOSED",
    "S-SENT": "S-SENT C-WAIT S-SENT S-SENT S-SENT S-SENT S-ACK-SENT S-SENT S-SENT CLOSED",
    "S-RECEIVED":
      "S-RECEIVED C-WAIT S-RECEIVED S-RECEIVED S-RECEIVED S-RECEIVED S-ACK-SENT S-RECEIVED S-RECEIVED CLOSED",
    "S-ACK-SENT":
      "S-ACK-SENT C-WAIT S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT S-ACK-SENT CLOSED",
    REJECTED: "REJECTED C-WAIT REJECTED REJECTED REJECTED REJECTED REJECTED REJECTED REJECTED CLOSED",
    CLOSED: "CLOSED C-WAIT CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED CLOSED",
  },
};

const table = transitionTable();
const directions = Object.entries(Direction) as [keyof typeof Direction, Direction][];
const [fin, syn, rst, psh, ack] = [1, 2, 4, 8, 16];
/** Flags that amount to each event, in the order of the expected words. */
const flagsOf = [
  [syn, syn | ack, syn | fin, syn | psh | fin | ack],
  [fin, fin | ack, fin | psh, fin | psh | ack],
  [ack, ack | psh],
  [rst, rst | ack, rst | syn, rst | fin, rst | syn | fin | psh | ack],
];
/** The numbers of SCTP's events, in that order. */
const sctpNumbers = [0, 2, 1, 3, 4, 5, 6, 7, 8, 9];
const tcpActive = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"];

describe("every case of the kernel's tables is ours", () => {
  for (const [secure, expected] of [
    [false, tcp],
    [true, secureTcp],
  ] as const)
    test(`tcp, ${secure ? "secure" : "normal"}`, () => {
      let cases = 0;
      for (const [name, direction] of directions)
        for (const [before, words] of Object.entries(expected[name]))
          for (const [event, after] of words.split(" ").entries())
            for (const flags of flagsOf[event]!) {
              const state = (tcpStates as readonly string[]).indexOf(before);
              const byte = table[transitionIndex(secure, direction, flags & eventFlags, state)]!;
              assert.equal(stateName("tcp", byte & 15, false), after, `${name} ${before} flags ${flags}`);
              assert.equal((byte & activeMark) !== 0, tcpActive.includes(after));
              assert.equal(byte & ~31, 0);
              cases++;
            }
      assert.equal(cases, 3 * 11 * 15);
    });

  test("sctp, secure_tcp or not", () => {
    let cases = 0;
    for (const secure of [false, true])
      for (const [name, direction] of directions)
        for (const [before, words] of Object.entries(sctp[name]))
          for (const [event, after] of words.split(" ").entries()) {
            const state = (sctpStates as readonly string[]).indexOf(before);
            const byte = table[transitionIndex(secure, direction, 32 + sctpNumbers[event]!, state)]!;
            assert.equal(stateName("sctp", byte & 15, false), after, `${name} ${before} event ${event}`);
            assert.equal((byte & activeMark) !== 0, after === "ESTABLISHED");
            assert.equal(byte & ~31, 0);
            cases++;
          }
    assert.equal(cases, 2 * 3 * 14 * 10);
  });

  test("a segment without RST, SYN, FIN or ACK closes", () => {
    for (const secure of [false, true])
      for (const direction of Object.values(Direction))
        for (let state = 0; state < 16; state++)
          assert.equal(table[transitionIndex(secure, direction, psh & eventFlags, state)], 6);
  });

  test("udp stays as it is, inactive", () => {
    for (const secure of [false, true])
      for (const direction of Object.values(Direction))
        assert.equal(table[transitionIndex(secure, direction, firstEvent.udp, 0)], 0);
  });
});

test("the tables have their sizes, and what can't happen is filled", () => {
  assert.equal(table.length, 8192);
  assert.deepEqual(table.subarray(3072, 4096), table.subarray(0, 1024));
  assert.deepEqual(table.subarray(7168, 8192), table.subarray(4096, 5120));
  for (const secure of [false, true])
    for (const direction of Object.values(Direction)) {
      assert.equal(table[transitionIndex(secure, direction, 2, 15)], stateNumber("CLOSE"));
      assert.equal(table[transitionIndex(secure, direction, 34, 15)], 13);
    }
});

test("what begins a connection has a bit that no later fragment has; that leaves the state", () => {
  const numberOf = (event: (typeof sctpEvents)[number]) => firstEvent.sctp + sctpEvents.indexOf(event);
  for (let flags = 0; flags < 32; flags++)
    if ((flags & 2) !== 0) assert.notEqual(flags & eventFlags & mayBeginBit, 0);
  assert.notEqual(numberOf("init") & mayBeginBit, 0);
  const all = [
    ...flagsOf.flat().map((flags) => flags & eventFlags),
    ...sctpEvents.map(numberOf),
    firstEvent.udp,
  ];
  for (const [protocol, event] of Object.entries(laterFragment)) {
    assert.equal(event & mayBeginBit, 0);
    assert.equal(all.includes(event), false, protocol);
    for (let state = 0; state < 16; state++)
      assert.equal(table[transitionIndex(true, Direction.toServer, event, state)], state);
    for (const first of [firstEvent[protocol as keyof typeof firstEvent]])
      for (let state = 0; state < 11; state++)
        assert.equal(timeoutTable()[(event & 48) | state], timeoutTable()[(first & 48) | state]);
  }
});

test("both rows of TCP's events have its timeouts", () => {
  const timeouts = timeoutTable();
  assert.deepEqual(timeouts.slice(16, 32), timeouts.slice(0, 16));
});

test("chunk types are events", () => {
  const told = {
    0: 32,
    1: 34,
    2: 33,
    3: 32,
    4: 32,
    5: 32,
    6: 41,
    7: 37,
    8: 38,
    9: 40,
    10: 35,
    11: 36,
    14: 39,
  };
  assert.equal(sctpEvent.length, 256);
  for (let type = 0; type < 256; type++)
    assert.equal(sctpEvent[type], (told as Record<number, number>)[type] ?? 32);
});

test("timeouts are the kernel's", () => {
  const timeouts = timeoutTable();
  assert.equal(timeouts.length, 64);
  const of = (protocol: keyof typeof firstEvent, states: readonly string[]) =>
    Object.fromEntries(states.map((name, state) => [name, timeouts[timeoutIndexes(protocol, state)[0]!]!]));
  assert.deepEqual(of("tcp", tcpStates), {
    NONE: 3,
    ESTABLISHED: 15 * 60,
    SYN_SENT: 2 * 60,
    SYN_RECV: 60,
    FIN_WAIT: 2 * 60,
    TIME_WAIT: 2 * 60,
    CLOSE: 10,
    CLOSE_WAIT: 60,
    LAST_ACK: 30,
    LISTEN: 2 * 60,
    SYNACK: 120,
  });
  assert.deepEqual(of("udp", udpStates), { UDP: 300 });
  const sctpSeconds = of("sctp", sctpStates);
  for (const [state, seconds] of Object.entries(sctpSeconds)) {
    const told: Record<string, number> = { NONE: 3, INIT1: 4, REJECTED: 4, ESTABLISHED: 900 };
    assert.equal(seconds, told[state] ?? 61, state);
  }
});

test("states have the names that listings show", () => {
  assert.equal(stateName("tcp", 3, false), "SYN_RECV");
  assert.equal(stateName("udp", 0, false), "UDP");
  assert.equal(stateName("sctp", 11, false), "S-ACK-SENT");
  assert.equal(stateName("ip", 0, false), "NONE");
  assert.equal(stateName("tcp", 0, true), "NONE");
  assert.equal(stateName("ip", 1, true), "ASSURED");
  assert.equal(stateName("udp", 1, false), "ERR!");
});
