import type { Bind } from "../../config/haproxy/model/index.js";
import {
  beginListening,
  close,
  type ListeningOptions,
  listeningSocket,
  type SystemError,
} from "../../sys/index.js";
import { bindFailureText, errorText, refusal } from "./bind-error.js";
import type { ListenerPlan } from "./listener-plan.js";

export interface BindOptions {
  readonly reusePort: boolean;
  /** unix-bind prefix was put before paths by who read the configuration. */
  readonly unix: {
    readonly mode: number | undefined;
    readonly uid: number | undefined;
    readonly gid: number | undefined;
  };
  readonly warn: (text: string) => void;
}

/** One listener that is being bound: its plan, and what follows of it. */
export interface Binding {
  readonly plan: ListenerPlan;
  readonly options: BindOptions;
  readonly listening: ListeningOptions;
  /** Tells of an option that the socket can't have. */
  readonly warn: (name: string, error: SystemError) => void;
}

export function bindingOf(plan: ListenerPlan, options: BindOptions): Binding {
  return {
    plan,
    options,
    listening: listeningOptions(plan, options),
    warn: (name, error) =>
      options.warn(
        bindFailureText({
          plan,
          step: "Starting",
          retryable: false,
          text: `cannot set ${name} (${errorText(error)})`,
        }),
      ),
  };
}

/** Has a socket listen, if it doesn't already; one that can't is closed, but for an inherited one. @throws BindError */
export function begin(fd: number, { plan, listening, warn }: Binding, shown: string): number {
  try {
    if (!listeningSocket(fd).listens || plan.bind.address.kind !== "fd") beginListening(fd, listening, warn);
    return fd;
  } catch (error) {
    if (plan.bind.address.kind !== "fd") close(fd);
    throw refusal("cannot listen to socket", error, shown, true, "Starting");
  }
}

function listeningOptions({ bind, backlog }: ListenerPlan, { reusePort }: BindOptions): ListeningOptions {
  return {
    backlog,
    reusePort,
    transparent: bind.transparent,
    v6Only: isV6Only(bind),
    deferAccept: bind.deferAccept,
    fastOpen: bind.tfo,
    ...(bind.interface !== undefined && { interface: bind.interface }),
    ...(bind.mss !== undefined && { mss: bind.mss }),
    ...(bind.tcpUserTimeoutMs !== undefined && { userTimeoutMs: bind.tcpUserTimeoutMs }),
  };
}

/** v6only is stronger than v4v6; without either the system's default (net.ipv6.bindv6only, 0) holds. */
const isV6Only = ({ v6only }: Bind): boolean => v6only;
