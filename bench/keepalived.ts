import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildRouters } from "../test/lab/keepalived/network.js";
import { Pings } from "../test/lab/keepalived/outage.js";
import type { Maker, Router } from "../test/lab/keepalived/router.js";
import { advertisement, WireLog } from "../test/lab/keepalived/wire-log.js";
import type { Ending } from "../test/lab/netlink-places.js";

const help = `Measures how long a virtual router's address is away, beside Debian's keepalived in the same run. See bench/README.md.

  node dist/bench/keepalived.js [--json] [--runs 3] [--pairs real-real,ours-ours,ours-real,real-ours] [--events stop,power,...]
`;

const vip = "192.168.4.80";

/** Settings to measure at. */
const settings = {
  "v2, 1 s": { version: 2, interval: "1" },
  "v3, 0.1 s": { version: 3, interval: "0.1" },
} as const;
type Setting = keyof typeof settings;

/** What happens to the master. */
const events = {
  stop: "SIGTERM",
  power: "its host dies",
  "kill-child": "kill -9 of the VRRP process",
  "kill-all": "kill -9 of all its processes",
  return: "higher priority returns",
} as const;
type Event = keyof typeof events;

interface Figure {
  readonly pair: string;
  readonly setting: Setting;
  readonly event: Event;
  /** From the old master's last packet to the new one's first; undefined: no other became master. */
  readonly wire: number | undefined;
  /** The client's longest time without an answer. */
  readonly outage: number;
}

function config(name: string, priority: number, { version, interval }: (typeof settings)[Setting]): string {
  const authentication = version === 2 ? "authentication { auth_type PASS\n auth_pass 1111\n }\n" : "";
  return `global_defs {\n router_id ${name}\n vrrp_version ${version}\n}
vrrp_instance VI_1 {
 state BACKUP
 interface eth0
 virtual_router_id 51
 priority ${priority}
 advert_int ${interval}
 ${authentication}virtual_ipaddress {\n ${vip}\n }
}
`;
}

async function measure(pair: string, setting: Setting, event: Event): Promise<Figure> {
  const undo: (() => void)[] = [];
  const ending: Ending = { after: (work) => undo.push(work) };
  const [one, two] = pair.split("-") as [Maker, Maker];
  try {
    const net = buildRouters(ending, one, two);
    const { first, second } = net;
    const { interval } = settings[setting];
    first.start(config("k1", 100, settings[setting]));
    await first.logged(/Entering MASTER STATE/);
    second.start(config("k2", 90, settings[setting]));
    await second.logged(/Entering BACKUP STATE/);
    await sleep(2000 * Number(interval) + 500);
    if (event === "return") {
      await first.stop();
      await second.logged(/Entering MASTER STATE/);
    }
    const wire = await WireLog.start(net.switch);
    const pings = new Pings(net.client, vip);
    for (let waited = 0; pings.count < 20 && waited < 5000; waited += 20) await sleep(20);
    // The old master's last packet has to be on the record.
    await sleep(1200 * Number(interval));
    const before = second.log.length;
    const since = Date.now();
    let old = first;
    if (event === "return") {
      old = second;
      const behind = first.log.length;
      first.start();
      await first.logged(/Entering MASTER STATE/, behind);
    } else {
      await happen(event, first);
      if (event !== "kill-child" && event !== "kill-all")
        await second.logged(/Entering MASTER STATE/, before);
    }
    await sleep(4200 * Number(interval) + 300);
    const outage = await pings.stop(since);
    const adverts = (await wire.stop()).flatMap((passed) => {
      const found = advertisement(passed);
      return found ? [{ ...found, at: passed.at }] : [];
    });
    const own = old === first ? "192.168.4.11" : "192.168.4.12";
    const other = adverts.find(({ source, at }) => source !== own && at > since - 1);
    const last = other && adverts.filter(({ source, at }) => source === own && at < other.at).at(-1);
    return { pair, setting, event, wire: other && last && other.at - last.at, outage };
  } finally {
    for (const work of undo.reverse()) work();
  }
}

async function happen(event: Event, router: Router): Promise<void> {
  if (event === "stop") await router.stop();
  else if (event === "kill-all") router.killAll();
  else if (event === "power") {
    router.unplug();
    router.killAll();
  } else if (event === "kill-child") {
    const [, child] = router.processes();
    if (child !== undefined) process.kill(child, "SIGKILL");
  }
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const shown = (value: number | undefined) =>
  value === undefined ? "no other master" : `${(value / 1000).toFixed(3)} s`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      runs: { type: "string", default: "3" },
      pairs: { type: "string", default: "real-real,ours-ours,ours-real,real-ours" },
      events: { type: "string", default: Object.keys(events).join(",") },
      settings: { type: "string", default: Object.keys(settings).join(";") },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const figures: Figure[] = [];
  for (const setting of values.settings.split(";") as Setting[])
    for (const event of values.events.split(",") as Event[])
      for (const pair of values.pairs.split(",")) {
        const runs: Figure[] = [];
        for (let run = 0; run < Math.max(1, Number(values.runs)); run++)
          runs.push(await measure(pair, setting, event));
        const wires = runs.flatMap(({ wire }) => (wire === undefined ? [] : [wire]));
        const figure = {
          ...runs[0]!,
          wire: wires.length === runs.length ? median(wires) : undefined,
          outage: median(runs.map(({ outage }) => outage)),
        };
        figures.push(figure);
        if (!values.json)
          console.log(
            `${setting.padEnd(10)} ${events[event].padEnd(30)} ${pair.padEnd(10)} wire ${shown(figure.wire).padStart(15)}   outage ${shown(figure.outage)}`,
          );
      }
  if (values.json) console.log(JSON.stringify(figures));
  return 0;
}

process.exitCode = await main();
