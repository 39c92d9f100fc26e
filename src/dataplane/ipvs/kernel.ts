import { spawnSync } from "node:child_process";
import { RondoError } from "../../errors.js";
import {
  type Attributes,
  type BodyWriter,
  type GenericFamily,
  GenericNetlink,
  MessageFlag,
  NetlinkProtocol,
  NetlinkSocket,
} from "../../netlink/index.js";
import { familyName } from "./numbers.js";
import { type Operation, refusing } from "./refusals.js";

/** What is said to IPVS: which of its commands, and the attributes. */
export interface Message {
  readonly operation: Operation;
  readonly command: number;
  readonly flags?: number;
  readonly write?: (body: BodyWriter) => void;
}

/** A way to the kernel's IPVS of the network namespace that it was opened in. */
export class KernelIpvs {
  readonly #socket: NetlinkSocket;
  readonly #generic: GenericNetlink;
  readonly #family: GenericFamily;

  /** Loads the module if it isn't. Throws RondoError "no-ip-vs" where there is none. */
  constructor() {
    this.#socket = new NetlinkSocket(NetlinkProtocol.generic);
    this.#generic = new GenericNetlink(this.#socket);
    let family = this.#generic.family(familyName);
    if (!family) {
      loadModule();
      family = this.#generic.family(familyName);
    }
    if (!family) {
      this.#socket.close();
      throw noModule();
    }
    this.#family = family;
  }

  /** Changes something. @throws IpvsError with the kernel's meaning */
  change({ operation, command, write }: Message): void {
    refusing(operation, () =>
      this.#generic.request(this.#family, { operation, command, ...(write && { write }) }),
    );
  }

  /** Asks for one thing; undefined if the kernel says that there is none. */
  ask({ operation, command, write }: Message): Attributes | undefined {
    const request = { operation, command, ...(write && { write }) };
    return refusing(operation, () => this.#generic.request(this.#family, request))[0];
  }

  /** Asks for all there are. */
  list({ operation, command, write }: Message): Attributes[] {
    const request = { operation, command, flags: MessageFlag.dump, ...(write && { write }) };
    return refusing(operation, () => this.#generic.list(this.#family, request));
  }

  /** A second call does nothing. */
  close(): void {
    this.#socket.close();
  }
}

/** As ipvsadm does it; whether it worked is seen by the family. */
function loadModule(): void {
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  spawnSync("modprobe", ["-q", "--", "ip_vs"], { stdio: "ignore", env: { ...process.env, PATH: path } });
}

const noModule = () =>
  new RondoError("no-ip-vs", "this kernel has no IPVS: its module ip_vs isn't there, or wasn't loaded", {
    remedy:
      "Load it with `modprobe ip_vs` as root (Debian's kernels have it; a container's host has to load it), or take rondo's own data plane: `--plane xdp`.",
  });
