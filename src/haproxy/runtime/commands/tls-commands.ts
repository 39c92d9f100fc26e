import type { CertificateKind, CommandAnswer } from "../../run/index.js";
import {
  type Command,
  type CommandCall,
  failure,
  information,
  notice,
  permissionDenied,
  type Reply,
} from "../command.js";

type Kind = "cert" | "ca-file" | "crl-file" | "crt-list";

/** Commands on certificates, authorities, revocation lists and crt-lists (ssl_ckch.c, ssl_crtlist.c, ssl_sock.c). */
export const tlsCommands: readonly Command[] = [
  ...changes("cert", "cert", "<certfile>", "certificate file", "a certificate file"),
  ...changes("ca-file", "ca-file", "<cafile>", "CA file", "a CA file"),
  ...changes("crl-file", "crl-file", "<crlfile>", "CRL file", "a CRL file"),
  create(
    "cert",
    "new ssl cert <certfile>                 : create a new certificate file to be used in a crt-list or a directory",
  ),
  create(
    "ca-file",
    "new ssl ca-file <cafile>                : create a new CA file to be used in a crt-list",
  ),
  create(
    "crl-file",
    "new ssl crlfile <crlfile>               : create a new CRL file to be used in a crt-list",
  ),
  show(
    "cert",
    "show ssl cert [<certfile>]              : display the SSL certificates used in memory, or the details of a file",
  ),
  show(
    "ca-file",
    "show ssl ca-file [<cafile>[:<index>]]   : display the SSL CA files used in memory, or the details of a <cafile>, or a single certificate of index <index> of a CA file <cafile>",
  ),
  show(
    "crl-file",
    "show ssl crl-file [<crlfile[:<index>>]] : display the SSL CRL files used in memory, or the details of a <crlfile>, or a single CRL of index <index> of CRL file <crlfile>",
  ),
  {
    words: ["show", "ssl", "crt-list"],
    usage:
      "show ssl crt-list [-n] [<list>]         : show the list of crt-lists or the content of a crt-list file <list>",
    run: showLists,
  },
  {
    words: ["add", "ssl", "crt-list"],
    usage: "add ssl crt-list <list> <cert> [opts]*  : add to crt-list file <list> a line <cert> or a payload",
    level: "admin",
    run: (call) => {
      const line = call.payload ?? call.words.slice(4).join(" ");
      if (call.word(3) === "" || line === "")
        return failure("'add ssl crtlist' expects a filename and a certificate name\n");
      return answer(kindOf(call, "crt-list")?.add?.(call.word(3), line) ?? none(call.word(3)));
    },
  },
  {
    words: ["del", "ssl", "crt-list"],
    usage: "del ssl crt-list <list> <cert[:line]>   : delete a line <cert> from crt-list file <list>",
    level: "admin",
    run: (call) => {
      if (call.word(3) === "" || call.word(4) === "")
        return failure("'del ssl crtlist' expects a filename and a certificate name\n");
      return answer(kindOf(call, "crt-list")?.remove(call.word(3), call.word(4)) ?? none(call.word(3)));
    },
  },
  {
    words: ["show", "ssl", "providers"],
    usage: "show ssl providers                      : show loaded SSL providers",
    run: () => "Loaded providers : \n\t- default\n",
  },
  {
    words: ["show", "ssl", "ocsp-response"],
    usage:
      "show ssl ocsp-response [id]             : display the IDs of the OCSP responses used in memory, or the details of a single OCSP response",
    run: ({ host, word }) => {
      const ocsp = host.certificates?.ocsp;
      if (word(3) === "") return ocsp?.list() ?? "# Certificate IDs\n";
      if (word(3).length > 256) return failure("'show ssl ocsp-response' received a too big key.\n");
      return ocsp?.show(word(3)) ?? failure("Certificate ID does not match any certificate.\n");
    },
  },
  {
    words: ["set", "ssl", "ocsp-response"],
    usage:
      "set ssl ocsp-response <resp|payload>    : update a certificate's OCSP Response from a base64-encode DER",
    level: "admin",
    run: ({ host, word, payload }) => {
      const response = payload ?? word(3);
      if (response === "") return failure("'set ssl ocsp-response' expects response in base64 encoding.\n");
      const { ok, text } = host.certificates?.ocsp.set(response) ?? none("ocsp-response");
      return ok ? information(text) : failure(text);
    },
  },
  {
    words: ["show", "tls-keys"],
    usage:
      "show tls-keys [id|*]                    : show tls keys references or dump tls ticket keys when id specified",
    run: ({ word }) =>
      word(2) === "" || word(2) === "*"
        ? "# id (file)\n"
        : failure("'show tls-keys' unable to locate referenced filename\n"),
  },
  {
    words: ["set", "ssl", "tls-key"],
    usage:
      "set ssl tls-key [id|file] <key>         : set the next TLS key for the <id> or <file> listener to <key>",
    level: "admin",
    run: () => failure("'set ssl tls-key' unable to locate referenced filename\n"),
  },
];

const kindOf = (call: CommandCall, kind: Kind): CertificateKind | undefined =>
  call.host.certificates?.kinds[kind];

const none = (name: string): CommandAnswer => ({
  ok: false,
  text: `'${name}' is not known: no TLS file is in use.\n`,
});

const answer = ({ ok, text }: CommandAnswer): Reply => (ok ? notice(text) : failure(text));

/** set, commit, abort and del of a kind of file. */
function changes(kind: Kind, word: string, placeholder: string, what: string, aWhat: string): Command[] {
  const make = (
    verb: string,
    explanation: string,
    wants: string,
    act: (store: CertificateKind, call: CommandCall) => CommandAnswer,
  ): Command => ({
    words: [verb, "ssl", word],
    usage: `${`${verb} ssl ${word} ${placeholder}${verb === "set" ? " <payload>" : ""}`.padEnd(40)}: ${explanation}`,
    level: "admin",
    run: (call) => {
      const name = call.word(3);
      if (name === "" || (verb === "set" && call.payload === undefined))
        return failure(
          `'${verb} ssl ${word}${verb === "set" || verb === "commit" ? "" : "'"} expects ${wants}\n`,
        );
      const store = kindOf(call, kind);
      return answer(store === undefined ? none(name) : act(store, call));
    },
  });
  const payload = {
    cert: "a filename and a certificate",
    "ca-file": "a filename and CAs",
    "crl-file": "a filename and CRLs",
    "crt-list": "",
  };
  const named = {
    cert: "a certificate name",
    "ca-file": "a CA file name",
    "crl-file": "a CRL file name",
    "crt-list": "",
  };
  const article = kind === "cert" ? "certificate" : kind === "ca-file" ? "CA" : "CRL";
  return [
    make("set", `replace a ${article} file`, `${payload[kind]} as a payload`, (store, call) =>
      store.set(call.word(3), call.payload ?? ""),
    ),
    make("commit", `commit a ${article} file`, "a filename", (store, call) => store.commit(call.word(3))),
    make("abort", `abort a transaction for ${aWhat}`, "a filename", (store, call) =>
      store.abort(call.word(3)),
    ),
    make("del", `delete an unused ${what}`, named[kind], (store, call) => store.remove(call.word(3))),
  ];
}

function create(kind: Kind, usage: string): Command {
  return {
    words: ["new", "ssl", kind],
    usage,
    level: "admin",
    run: (call) => {
      if (call.word(3) === "") return failure(`'new ssl ${kind}' expects a filename\n`);
      return answer(kindOf(call, kind)?.create(call.word(3)) ?? none(call.word(3)));
    },
  };
}

const missing = {
  cert: "Can't display the certificate: Not found or the certificate is a bundle!\n",
  "ca-file": "Can't display the CA file : Not found!\n",
  "crl-file": "Can't display the CRL file : Not found!\n",
  "crt-list": "didn't find the specified filename\n",
} as const;

function show(kind: Kind, usage: string): Command {
  return {
    words: ["show", "ssl", kind],
    usage,
    run: (call) => {
      if (!call.has("operator")) return permissionDenied;
      const store = kindOf(call, kind);
      const wanted = call.word(3);
      if (wanted === "") return store === undefined ? "" : listNames(store);
      const [, name = "", detail] = /^(.*?)(?::(\d+))?$/.exec(wanted) ?? [];
      return store?.show(name, detail) ?? store?.show(wanted) ?? failure(missing[kind]);
    },
  };
}

function listNames(store: CertificateKind): string {
  const open = store.transaction === undefined ? "" : `# transaction\n*${store.transaction}\n`;
  const names = store.names();
  return `${open}${names.length > 0 ? "# filename\n" : ""}${names.map((name) => `${name}\n`).join("")}`;
}

function showLists(call: CommandCall): Reply {
  const store = kindOf(call, "crt-list");
  const numbered = call.word(3) === "-n";
  const name = call.word(numbered ? 4 : 3);
  if (name === "")
    return numbered
      ? failure("'show ssl crt-list -n' expects a filename or a directory\n")
      : (store?.names() ?? []).map((each) => `${each}\n`).join("");
  return store?.show(name, numbered ? "-n" : undefined) ?? failure(missing["crt-list"]);
}
