import type { AdminResult } from "./page-options.js";

/** What the page says after an action, and in which colour. */
export const resultMessages: Readonly<Record<AdminResult, { readonly kind: string; readonly html: string }>> =
  {
    DONE: { kind: "up", html: "Action processed successfully." },
    NONE: { kind: "going-down", html: "Nothing has changed." },
    PART: {
      kind: "going-down",
      html: "Action partially processed.<br>Some server names are probably unknown or ambiguous (duplicated names in the backend).",
    },
    ERRP: {
      kind: "down",
      html: "Action not processed because of invalid parameters.<ul><li>The action is maybe unknown.</li><li>Invalid key parameter (empty or too long).</li><li>The backend name is probably unknown or ambiguous (duplicated names).</li><li>Some server names are probably unknown or ambiguous (duplicated names in the backend).</li></ul>",
    },
    EXCD: {
      kind: "down",
      html: "<strong>Action not processed : the buffer couldn't store all the data.<br>You should retry with less servers at a time.</strong>",
    },
    DENY: { kind: "down", html: "<strong>Action denied.</strong>" },
    IVAL: {
      kind: "down",
      html: "<strong>Invalid requests (unsupported method or chunked encoded request).</strong>",
    },
    UNKN: { kind: "no-check", html: "Unexpected result." },
  };
