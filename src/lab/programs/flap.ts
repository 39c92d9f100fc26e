// Lets a cable lose contact and have it again, until its time is over. Started by flapping.ts in the switch's network.
import { setTimeout as sleep } from "node:timers/promises";
import { openNetwork } from "../../netlink/index.js";
import { type FlapConfig, forgetFlap, isWanted } from "../faults/flapping.js";

const config: FlapConfig = JSON.parse(process.argv[2] ?? "");
process.title = `rondo lab ${config.lab}: flapping of ${config.port}`;
process.stdout.write("ready\n");

const network = openNetwork();
const until = Date.parse(config.until);
const half = config.every / 2;
const left = () => Math.max(0, until - Date.now());
while (left() > 0 && isWanted(config.lab, config.port)) {
  network.links.down(config.port);
  await sleep(Math.min(half, left()));
  // Whoever healed it while this process was not known of has seen to the port.
  if (!isWanted(config.lab, config.port)) break;
  network.links.up(config.port);
  await sleep(Math.min(half, left()));
}
network.close();
forgetFlap(config.lab, config.port);
