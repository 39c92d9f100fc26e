import { type ConnectFailure, notServerName, notVerifyHost } from "../../proxy/index.js";
import { checkStatus } from "./check-status.js";
import type { Step } from "./steps.js";

/** strerror of glibc, for what connections fail with. */
const texts: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ECONNABORTED: "Software caused connection abort",
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EHOSTDOWN: "Host is down",
  EHOSTUNREACH: "No route to host",
  EINVAL: "Invalid argument",
  EMFILE: "Too many open files",
  ENETDOWN: "Network is down",
  ENETUNREACH: "Network is unreachable",
  ENFILE: "Too many open files in system",
  ENOENT: "No such file or directory",
  ENOPROTOOPT: "Protocol not available",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EPROTO: "Protocol error",
  ETIMEDOUT: "Connection timed out",
};

export function systemError(code: string): string {
  return texts[code] ?? code;
}

/** Errors that connect(2) gives at once, which HAProxy tells apart from those that come later. */
const immediate = new Set(["EACCES", "EINVAL", "ENETUNREACH", "ENOENT", "EPERM", "ENETDOWN"]);

const locals: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: "Out of local source ports on the system",
  EADDRINUSE: "Local source address already in use",
  EMFILE: "Too many sockets on the process",
  ENFILE: "Too many sockets on the system",
};

/** The status and text of a connection that wasn't made. */
export function connectFailure(failure: ConnectFailure): { status: number; text: string } {
  const { step, code, timedOut } = failure;
  if (step === "tls") {
    if (timedOut) return { status: checkStatus.L6TOUT, text: "" };
    return { status: checkStatus.L6RSP, text: tlsText(code) };
  }
  if (step === "socks4") {
    if (timedOut) return { status: checkStatus.L6TOUT, text: "" };
    const denied = code === "SOCKS4_REJECTED";
    return {
      status: checkStatus.L6RSP,
      text: denied ? "SOCKS4 Proxy deny the request" : "SOCKS4 Proxy handshake aborted by server",
    };
  }
  if (timedOut) return { status: checkStatus.L4TOUT, text: "" };
  const local = locals[code];
  if (local !== undefined) return { status: checkStatus.L4CON, text: `${local} (${systemError(code)})` };
  const text = systemError(code);
  return {
    status: checkStatus.L4CON,
    text: immediate.has(code) ? `General socket error (${text})` : text,
  };
}

function tlsText(code: string): string {
  if (code === "ECONNRESET" || code === "EOF") return "Connection closed during SSL handshake";
  if (code === "EPIPE") return "Connection error during SSL handshake";
  if (code === notVerifyHost) return "Server presented an SSL certificate different from the configured one";
  if (code === notServerName) return "Server presented an SSL certificate different from the expected one";
  return "SSL handshake failure";
}

/** Where a tcp-check script stood, as it is told at the end of a message. */
export function where(step: Step | undefined): string {
  if (step === undefined) return " at step 1 of tcp-check";
  let text =
    step.number === 0 ? " at initial connection step of tcp-check" : ` at step ${step.number} of tcp-check`;
  if (step.number > 0) {
    if (step.kind === "connect") {
      const port = step.settings?.port;
      text += typeof port === "number" && port > 0 ? ` (connect port ${port})` : " (connect)";
    } else if (step.kind === "expect") text += ` (expect ${step.what})`;
    else if (step.kind === "send") text += " (send)";
    if (step.comment !== undefined) text += ` comment: '${step.comment}'`;
  }
  return text;
}
