import type { ProxySection } from "../../config/haproxy/model/index.js";
import type { BackRun, CapturedError, ProxyRun, StickTableRun } from "../run/index.js";
import type { Front } from "./front-run.js";

/** A proxy of this thread. Its sides are put in while the process is made. */
export class ProxyOfThread implements ProxyRun {
  readonly section: ProxySection;
  readonly name: string;
  readonly id: number;
  front: Front | undefined;
  back: BackRun | undefined;
  table: StickTableRun | undefined;
  state: ProxyRun["state"];
  lastChange: number;
  invalidRequest: CapturedError | undefined;
  invalidResponse: CapturedError | undefined;

  constructor(section: ProxySection, startDate: number) {
    this.section = section;
    this.name = section.name;
    this.id = section.id;
    this.state = section.disabled ? "stopped" : "running";
    this.lastChange = startDate;
  }
}
