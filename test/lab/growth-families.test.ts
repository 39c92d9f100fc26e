import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Hook } from "../../src/asm/index.js";
import { bpfAccess, loadWritten, testRun } from "../../src/bpf/index.js";
import { director } from "../../src/dataplane/xdp/director.js";
import { DirectorState, goOn, grow, isGrowing, resetDirector } from "../../src/dataplane/xdp/index.js";
import { ticks } from "../../src/dataplane/xdp/layout.js";
import { localAnswers } from "../../src/dataplane/xdp/local-answer.js";
import type { ServiceId } from "../../src/ipvs/model.js";
import { networkNamespaceCookie, withNetworkNamespace } from "../../src/sys/index.js";
import { decodePacket, IpAddress, MacAddress, type Packet } from "../../src/wire/index.js";
import { directorMac, hooks, locked } from "./director-place.js";
import { places } from "./netlink-places.js";
import { rondo } from "./running.js";
import {
  backMac,
  clientAddress,
  families,
  frame,
  fromClient,
  fromServer,
  owns,
  protocols,
  routerMac,
  type Segment,
  type Sent,
  vips,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

/** What connections are of: a service for each family, protocol, method, with and without persistence. */
interface Sort {
  readonly id: ServiceId;
  readonly family: 4 | 6;
  readonly protocol: (typeof protocols)[number];
  readonly method: "masq" | "droute" | "tunnel";
  readonly port: number;
  readonly persistent: boolean;
}
interface Conversation {
  readonly sort: Sort;
  readonly segment: Segment;
}
const clients = 4;

function configure(place: WidePlace): Sort[] {
  const sorts: Sort[] = [];
  for (const family of families)
    for (const protocol of protocols)
      for (const [i, method] of (["masq", "droute", "tunnel"] as const).entries())
        for (const persistent of [false, true]) {
          const port = 80 + 2 * i + (persistent ? 1 : 0);
          const id = place.service({ family, protocol, port, ...(persistent && { persistent: 360 }) });
          for (const server of [0, 1]) place.put(id, server, { method, port });
          sorts.push({ id, family, protocol, method, port, persistent });
        }
  return sorts;
}

const conversationsOf = (sorts: readonly Sort[], first: number): Conversation[] =>
  sorts.flatMap((sort) =>
    Array.from({ length: clients }, (_, client) => ({
      sort,
      segment: {
        family: sort.family,
        protocol: sort.protocol,
        virtualPort: sort.port,
        client,
        port: 40_000 + first + client,
      },
    })),
  );

/** Sends a frame; what is wrapped for a tunnel says by its MAC alone where it goes. */
function send(
  place: WidePlace,
  hook: Hook,
  { method }: Sort,
  bytes: Uint8Array,
): Pick<Sent, "verdict" | "server"> {
  if (method !== "tunnel") return place.send(hook, bytes);
  const { verdict, packet } = place.inside(() => place.runHere(hook, bytes, place.device));
  const mac = MacAddress.fromBytes(packet.subarray(0, 6)).toString();
  return { verdict, server: [0, 1].find((number) => backMac(number) === mac) };
}

/** Lets each client speak, and its server answer by NAT; gives the servers. */
function speak(place: WidePlace, all: readonly Conversation[], isFirst: boolean): (number | undefined)[] {
  return all.map(({ sort, segment }, i) => {
    const hook = hooks[i % 2]!;
    const said = isFirst ? {} : { tcp: { ack: true }, chunks: ["data"] as const };
    const sent = send(
      place,
      hook,
      sort,
      fromClient({ ...segment, ...said, chunks: said.chunks ?? ["init"] }),
    );
    const about = `${sort.protocol} ${sort.port} of IPv${sort.family} by ${hook}`;
    assert.equal(sent.verdict, "redirect", about);
    if (sort.method === "masq") {
      const answer = {
        ...segment,
        tcp: isFirst ? { syn: true, ack: true } : { ack: true },
        chunks: [isFirst ? ("initAck" as const) : ("data" as const)],
      };
      const back = place.send(hook, fromServer(sent.server!, answer, sort.port), "back");
      assert.equal(back.verdict, "redirect", `answer: ${about}`);
      assert.equal(
        back.packet.ipv4?.source.toString() ?? back.packet.ipv6?.source.toString(),
        vips[sort.family],
      );
    }
    return sent.server;
  });
}

/** All rows, and what servers count of connections. */
const seen = (place: WidePlace, sorts: readonly Sort[]) => ({
  rows: place.listing(),
  counts: sorts.flatMap(({ id }) => [0, 1].map((server) => place.countsOf(id, server).slice(0, 4).join(" "))),
});

class Stopped extends Error {}

/** A growth that ends when all entries have moved, and nothing that follows is done. */
function beginGrowth(place: WidePlace, buckets: number): void {
  const stop = () => {
    throw new Stopped();
  };
  assert.throws(() => locked(place, (host) => grow(place.state, host, buckets, stop)), Stopped);
  assert.ok(isGrowing(place.state));
  place.reload();
}

test("connections of both families, all protocols and methods before, in and after a growth", (t) => {
  const place = widePlace(t, 512);
  if (!place) return;
  const sorts = configure(place);
  // Half open SCTP ends after three seconds, and programs are verified meanwhile.
  place.state.settings.timeouts = place.state.settings.timeouts.map(() => ticks(900));
  const old = conversationsOf(sorts, 0);
  const servers = speak(place, old, true);
  const before = seen(place, sorts);
  assert.equal(before.rows.length, old.length + (sorts.length / 2) * clients);

  beginGrowth(place, 2048);
  assert.deepEqual(seen(place, sorts), before);
  assert.deepEqual(speak(place, old, false), servers);
  const during = conversationsOf(sorts, 100);
  const theirs = speak(place, during, true);
  for (const [i, { sort }] of during.entries())
    if (sort.persistent) assert.equal(theirs[i], servers[i], "a template that was moved leads to its server");
  assert.deepEqual(speak(place, during, false), theirs);
  assert.equal(place.listing().length, before.rows.length + during.length);

  // What is flushed is gone from both tables, with its counts.
  const client = { address: IpAddress.of(clientAddress(6, 1)), length: 128 };
  const flushed = place.configure((plane) => plane.flushConnections({ client, templates: false }));
  const isOther = ({ sort, segment }: Conversation) => sort.family !== 6 || segment.client !== 1;
  assert.equal(flushed, [...old, ...during].filter((one) => !isOther(one)).length);

  const meanwhile = seen(place, sorts);
  assert.equal(
    locked(place, (host) => goOn(place.state, host)),
    0,
  );
  place.reload();
  assert.ok(!isGrowing(place.state));
  assert.deepEqual(seen(place, sorts), meanwhile);
  const left = <T>(all: readonly Conversation[], of: readonly T[]) => of.filter((_, i) => isOther(all[i]!));
  assert.deepEqual(speak(place, old.filter(isOther), false), left(old, servers));
  assert.deepEqual(speak(place, during.filter(isOther), false), left(during, theirs));
  assert.deepEqual(seen(place, sorts).counts, meanwhile.counts);

  // Templates have just those connections that there are: without them they can be flushed, and nothing is left.
  place.configure((plane) => plane.flushConnections({ templates: false }));
  assert.ok(place.all().every(({ kind, reference }) => kind !== "template" || reference === 0));
  place.configure((plane) => plane.flushConnections({}));
  for (const { id } of sorts)
    for (const server of [0, 1]) assert.deepEqual(place.countsOf(id, server).slice(0, 3), [0, 0, 0]);
  assert.equal(place.events().table_full, 0);
});

test("a drain in the middle of a growth finishes it, and connections stay where they are", (t) => {
  const place = widePlace(t, 64);
  if (!place) return;
  const id = place.service({});
  for (const server of [0, 1]) place.put(id, server, { method: "droute" });
  const all: Conversation[] = Array.from({ length: 8 }, (_, client) => ({
    sort: { id, family: 4, protocol: "tcp", method: "droute", port: 80, persistent: false },
    segment: { client },
  }));
  const servers = speak(place, all, true);
  beginGrowth(place, 256);
  place.put(id, 0, { method: "droute", weight: 0 }, "editServer");
  // A test's plane may have looked at the interfaces within this second: then it is done when it is closed.
  locked(place, (host) => isGrowing(place.state) && goOn(place.state, host));
  place.reload();
  assert.deepEqual(speak(place, all, false), servers);
  const more = all.map(({ sort, segment }) => ({ sort, segment: { ...segment, port: 50_000 } }));
  assert.ok(speak(place, more, true).every((server) => server === 1));
});

test("what servers on this host answer is counted and translated in the middle of a growth, too", (t) => {
  const place = widePlace(t, 64);
  if (!place) return;
  const kinds = families.flatMap((family) =>
    (["masq", "droute"] as const).map((method) => {
      const port = method === "masq" ? 80 : 81;
      const id = place.service({ family, port });
      place.configure((plane) =>
        plane.addServer(id, {
          address: IpAddress.of(owns[family]),
          port: method === "masq" ? 8080 : port,
          method,
          weight: 1,
          upperThreshold: 0,
          lowerThreshold: 0,
        }),
      );
      return { family, method, id, port };
    }),
  );
  const counts = () =>
    kinds.map(({ id }) => {
      const [{ active, inactive, counters }] = place.status(id).servers as [
        ReturnType<typeof place.status>["servers"][0],
      ];
      return [active, inactive, Number(counters.connections), Number(counters.outPackets)];
    });
  /** Requests come in, answers leave. */
  const talk = (request: object, answer: object) => {
    const { secrets } = place.state.settings;
    const program = loadWritten(
      localAnswers({
        mac: MacAddress.of(directorMac).bytes,
        ...place.state.tableShape,
        secrets: [...secrets] as [bigint, bigint, bigint],
      }),
      place.state.maps,
    );
    for (const { family, method, port } of kinds) {
      const come: { verdict: string } = place.inside(() =>
        place.runHere("tc", fromClient({ family, virtualPort: port, tcp: request }), place.device),
      );
      assert.equal(come.verdict, "pass");
      const leaves = frame(
        { family, tcp: answer },
        {
          source: method === "masq" ? owns[family] : vips[family],
          destination: clientAddress(family),
          sourcePort: method === "masq" ? 8080 : port,
          destinationPort: 40_000,
          sourceMac: directorMac,
          destinationMac: routerMac,
        },
      );
      const out: Packet = decodePacket(place.inside(() => testRun(program, { packet: leaves })).packet)!;
      assert.equal((out.ipv4 ?? out.ipv6)!.source.toString(), vips[family]);
      assert.equal(out.tcp!.sourcePort, port);
    }
    program.close();
  };
  talk({ syn: true }, { syn: true, ack: true });
  talk({ ack: true }, { ack: true });
  assert.deepEqual(
    counts(),
    kinds.map(() => [1, 0, 1, 2]),
  );
  beginGrowth(place, 256);
  assert.deepEqual(
    counts(),
    kinds.map(() => [1, 0, 1, 2]),
  );
  talk({ ack: true }, { ack: true });
  assert.deepEqual(
    counts(),
    kinds.map(() => [1, 0, 1, 3]),
  );
  talk({ fin: true, ack: true }, { fin: true, ack: true });
  assert.deepEqual(
    counts(),
    kinds.map(() => [0, 1, 1, 4]),
    "what was moved changes its state",
  );
  locked(place, (host) => goOn(place.state, host));
  place.reload();
  talk({ ack: true }, { ack: true });
  assert.deepEqual(
    counts(),
    kinds.map(() => [0, 1, 1, 5]),
  );
});

test("the verifier has room for both forms of the program, at both hooks", (t) => {
  const place = widePlace(t, 64);
  if (!place) return;
  for (const buckets of [undefined, 128]) {
    if (buckets) beginGrowth(place, buckets);
    for (const hook of hooks) {
      const { secrets } = place.state.settings;
      const program = loadWritten(
        director({
          hook,
          mac: MacAddress.of(directorMac).bytes,
          ...place.state.tableShape,
          secrets: [...secrets] as [bigint, bigint, bigint],
          send: "redirect",
        }),
        place.state.maps,
      );
      const { verifiedInstructions } = program.info();
      program.close();
      t.diagnostic(`${hook}, ${buckets ? "two tables" : "one table"}: ${verifiedInstructions} of 1 000 000`);
      assert.ok(verifiedInstructions < 600_000);
    }
  }
});

test("two growths at once: each is done whole, one after the other", async (t: TestContext) => {
  const made = places(t, 1);
  if (!made) return;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return;
  }
  const [{ namespace }] = made as [(typeof made)[0]];
  const inside = <T>(work: () => T) => withNetworkNamespace(namespace, work);
  const cookie = inside(networkNamespaceCookie);
  t.after(() => resetDirector(undefined, cookie));
  const resize = (entries: string): ChildProcess =>
    inside(() => spawn(process.execPath, [rondo, "director", "resize", entries], { stdio: "pipe" }));
  inside(() => DirectorState.openOrCreate(1024).close());
  const children = ["8192", "32768", "8192"].map((entries) => {
    const child = resize(entries);
    let said = "";
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (data) => (said += data));
    return once(child, "close").then(([status]) => ({ status: status as number, said }));
  });
  for (const { status, said } of await Promise.all(children)) {
    if (status === 1) assert.match(said, /has 32768 entries and can't become smaller/);
    else assert.match(said, /the connection table has (8192|32768) entries/);
    assert.ok(status === 0 || status === 1, said);
  }
  const { stdout } = inside(() =>
    spawnSync(process.execPath, [rondo, "director", "status", "--json"], { encoding: "utf8" }),
  );
  assert.deepEqual(JSON.parse(stdout).table, { entries: 32768, connections: 0, growing: false });
});
