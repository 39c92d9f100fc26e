import type { SectionReader } from "../readers.js";
import { chosen, flag, list, number, text } from "./makers.js";

/** What all bind and server lines have of TLS, and where their files are. */
export const tlsReaders: Readonly<Record<string, SectionReader>> = {
  "ssl-default-bind-ciphers": text(
    "tlsBindCiphers",
    "global statement 'KEYWORD' expects a cipher suite as an argument.",
  ),
  "ssl-default-bind-ciphersuites": text(
    "tlsBindCipherSuites",
    "global statement 'KEYWORD' expects a cipher suite as an argument.",
  ),
  "ssl-default-bind-curves": text(
    "tlsBindCurves",
    "global statement 'KEYWORD' expects a curves suite as an arguments.",
  ),
  "ssl-default-server-ciphers": text(
    "tlsServerCiphers",
    "global statement 'KEYWORD' expects a cipher suite as an argument.",
  ),
  "ssl-default-server-ciphersuites": text(
    "tlsServerCipherSuites",
    "global statement 'KEYWORD' expects a cipher suite as an argument.",
  ),
  "ssl-dh-param-file": text("dhParamFile", "'KEYWORD' expects a file path as an argument."),
  "ssl-default-bind-options": list((global, words) => {
    global.tlsBindOptions = words;
  }),
  "ssl-default-server-options": list((global, words) => {
    global.tlsServerOptions = words;
  }),
  "ssl-load-extra-files": list((global, words) => {
    global.loadExtraFiles = words;
  }),
  "ssl-load-extra-del-ext": flag((global) => {
    global.loadExtraDelExt = true;
  }),
  "ssl-server-verify": chosen(
    (global, word) => {
      global.tlsServerVerify = word as "none" | "required";
    },
    ["none", "required"],
  ),
  "ca-base": text("caBase", "global statement 'KEYWORD' expects a directory path as an argument.", {
    once: true,
  }),
  "crt-base": text("crtBase", "global statement 'KEYWORD' expects a directory path as an argument.", {
    once: true,
  }),
  maxsslconn: number("maxSslConn"),
  maxsslrate: number("maxSslRate"),
};
