import type { DefaultServer } from "../server-draft.js";

export const flags: Readonly<Record<string, (draft: DefaultServer) => void>> = {
  backup: (draft) => (draft.backup = true),
  "no-backup": (draft) => (draft.backup = false),
  check: (draft) => (draft.check = true),
  "no-check": (draft) => (draft.check = false),
  "agent-check": (draft) => (draft.agentCheck = true),
  "no-agent-check": (draft) => (draft.agentCheck = false),
  disabled: (draft) => (draft.disabled = true),
  enabled: (draft) => (draft.disabled = false),
  "check-send-proxy": (draft) => (draft.checkSendProxy = true),
  "no-check-send-proxy": (draft) => (draft.checkSendProxy = false),
  "check-ssl": (draft) => (draft.checkSsl = true),
  "no-check-ssl": (draft) => (draft.checkSsl = false),
  "check-via-socks4": (draft) => (draft.checkViaSocks4 = true),
  "non-stick": (draft) => (draft.nonStick = true),
  stick: (draft) => (draft.nonStick = false),
  tfo: (draft) => (draft.tfo = true),
  "no-tfo": (draft) => (draft.tfo = false),
  ssl: (draft) => {
    draft.useTls = true;
    draft.noSsl = false;
  },
  // The other settings stay: checks, and `set server … ssl on`, use them.
  "no-ssl": (draft) => {
    draft.useTls = false;
    draft.noSsl = true;
  },
  "ssl-reuse": (draft) => (draft.tls.reuse = true),
  "no-ssl-reuse": (draft) => (draft.tls.reuse = false),
  "send-proxy": (draft) => (draft.sendProxy = "v1"),
  "send-proxy-v2": (draft) => (draft.sendProxy = "v2"),
  "send-proxy-v2-ssl": (draft) => (draft.sendProxy = "v2-ssl"),
  "send-proxy-v2-ssl-cn": (draft) => (draft.sendProxy = "v2-ssl-cn"),
  "no-send-proxy": (draft) => without(draft, "v1"),
  "no-send-proxy-v2": (draft) => without(draft, "v2"),
  "no-send-proxy-v2-ssl": (draft) => without(draft, "v2-ssl"),
  "no-send-proxy-v2-ssl-cn": (draft) => without(draft, "v2-ssl-cn"),
};

function without(draft: DefaultServer, version: string): void {
  if (draft.sendProxy === version) draft.sendProxy = undefined;
}
