import type { ProxySection } from "../../config/haproxy/model/index.js";
import type { Headers } from "../../proxy/index.js";
import type { Rule } from "../rules/rule.js";
import type {
  BackendCounter,
  Evaluate,
  FrontendCounter,
  ProxyRun,
  Render,
  ResponseFilter,
  StickTableRun,
  Test,
} from "../run/index.js";
import type { Replies } from "./http/replies.js";
import type { Slots } from "./slots.js";

/** A proxy made ready for its streams: conditions, formats and expressions are functions, names are looked up. */
export interface CompiledProxy {
  readonly proxy: ProxyRun;
  readonly section: ProxySection;
  readonly http: boolean;
  /** Of mode tcp: a rule of it makes connections HTTP. */
  readonly becomesHttp: boolean;
  readonly tcpConnection: readonly Rule[];
  readonly tcpSession: readonly Rule[];
  readonly tcpRequest: readonly Rule[];
  readonly tcpResponse: readonly Rule[];
  readonly httpRequest: readonly Rule[];
  readonly httpResponse: readonly Rule[];
  readonly httpAfterResponse: readonly Rule[];
  readonly statsRules: readonly Rule[];
  readonly useBackends: readonly { readonly test: Test | undefined; readonly backend: ProxyRun | Render }[];
  readonly defaultBackend: ProxyRun | undefined;
  readonly useServers: readonly { readonly test: Test | undefined; readonly server: string | Render }[];
  readonly persistRules: readonly { readonly test: Test | undefined; readonly force: boolean }[];
  readonly stickRequest: readonly StickStep[];
  readonly stickResponse: readonly StickStep[];
  readonly monitorFail: readonly Test[];
  readonly replies: Replies;
  readonly filters: readonly ResponseFilter[];
  readonly forwardFor: AddedHeader | undefined;
  readonly originalTo: AddedHeader | undefined;
  readonly uniqueId: Render | undefined;
  readonly logFormat: Render | undefined;
  readonly logStructured: Render | undefined;
  readonly errorLogFormat: Render | undefined;
  /** Of headers that are captured: their names, in the order of the slots; undefined where a slot is only declared. */
  readonly requestCaptures: readonly CaptureStep[];
  readonly responseCaptures: readonly CaptureStep[];
  readonly front: Slots<FrontendCounter> | undefined;
  readonly back: Slots<BackendCounter> | undefined;
  /** `retry-on` taken apart. */
  readonly retryOn: RetryOn;
  /** Which of tcp-request content rules' delays applies; 0: none. */
  readonly requestDelayMs: number;
  readonly responseDelayMs: number;
}

export interface StickStep {
  readonly test: Test | undefined;
  readonly key: Evaluate;
  readonly table: StickTableRun;
  readonly match: boolean;
  readonly store: boolean;
}

export interface AddedHeader {
  readonly header: string;
  readonly ifNone: boolean;
  readonly excepted: (address: string) => boolean;
}

export interface CaptureStep {
  readonly name: string | undefined;
  readonly length: number;
}

export interface RetryOn {
  readonly connection: boolean;
  /** Anything but failed connections: requests are kept for it. */
  readonly layer7: boolean;
  readonly empty: boolean;
  readonly junk: boolean;
  readonly timeout: boolean;
  readonly refusedEarlyData: boolean;
  readonly statuses: ReadonlySet<number>;
}

/** Keeps the values of captured fields: of several the last. */
export function capture(
  steps: readonly CaptureStep[],
  headers: Headers,
  values: (string | undefined)[],
): void {
  for (let slot = 0; slot < steps.length; slot++) {
    const { name, length } = steps[slot] as CaptureStep;
    if (name === undefined) continue;
    const at = headers.names.lastIndexOf(name);
    if (at >= 0) values[slot] = (headers.values[at] as string).slice(0, length);
  }
}
