import { type BpfProgram, loadWritten } from "../src/bpf/index.js";
import { director } from "../src/dataplane/xdp/director.js";
import { DirectorState, resetDirector, XdpPlane } from "../src/dataplane/xdp/index.js";
import type { ServerId, ServerSpec, ServiceId } from "../src/ipvs/model.js";
import { openNetwork } from "../src/netlink/index.js";
import { IpAddress, MacAddress } from "../src/wire/index.js";
import { directorMac, virtual } from "./traffic.js";

const address = (number: number) =>
  IpAddress.fromBytes(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number));

/** The service that all packets go to. */
export const service: ServiceId = {
  kind: "address",
  protocol: "tcp",
  address: address(virtual.address),
  port: virtual.port,
};

/** Real server number 0 to 250: 10.200.2.1 and so on. */
export const serverId = (number: number): ServerId => ({
  address: address(0x0ac8_0201 + number),
  port: virtual.port,
});
export const serverMac = (number: number) => Uint8Array.of(2, 0, 0, 9, 9, number);

export const serverSpec = (number: number, weight = 1): ServerSpec => ({
  ...serverId(number),
  method: "droute",
  weight,
  upperThreshold: 0,
  lowerThreshold: 0,
});

/**
 * A director with a state of its own, as the commands make it, in this process's network namespace: its packets come by test
 * runs of the real program, everything else (the timer, the look-up of next hops, the counts) is the kernel's. Nothing is
 * attached.
 */
export class Place {
  readonly state: DirectorState;
  readonly plane: XdpPlane;
  readonly program: BpfProgram;

  constructor(options: { buckets: number; servers: number; send: "redirect" | "transmit" }) {
    const network = openNetwork();
    const mac = MacAddress.fromBytes(directorMac);
    network.links.createVeth({ name: "eth0", mac, up: true, peer: { name: "far0", up: true } });
    network.links.up("lo");
    network.addresses.add("eth0", { address: address(virtual.address), prefixLength: 16 });
    for (let number = 0; number < options.servers; number++)
      network.neighbours.replace("eth0", serverId(number).address, MacAddress.fromBytes(serverMac(number)));
    network.close();
    this.state = DirectorState.openOrCreate(options.buckets);
    this.state.settings.chosen = 1;
    this.plane = new XdpPlane();
    const secrets = [...this.state.settings.secrets] as [bigint, bigint, bigint];
    const { send } = options;
    const config = { hook: "xdp", mac: directorMac, ...this.state.tableShape, secrets, send } as const;
    this.program = loadWritten(director(config), this.state.maps);
  }

  close(): void {
    this.program.close();
    this.plane.close();
    this.state.close();
    resetDirector();
  }
}
