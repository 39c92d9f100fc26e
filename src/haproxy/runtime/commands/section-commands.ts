import { type Command, failure, information } from "../command.js";

/** What sections beside proxies hold: caches, peers, resolvers. */
export const sectionCommands: readonly Command[] = [
  {
    words: ["show", "cache"],
    usage: "show cache                              : show cache status",
    run: ({ host }) => host.caches?.() ?? "",
  },
  {
    words: ["show", "peers"],
    usage:
      "show peers [dict|-] [section]           : dump some information about all the peers or this peers section",
    run: ({ host, word }) => {
      const dictionary = word(2) === "dict";
      const section = word(dictionary || word(2) === "-" ? 3 : 2);
      const text = host.peers?.(section || undefined, dictionary);
      return text ?? (section === "" ? "" : failure("No such peers\n"));
    },
  },
  {
    words: ["show", "resolvers"],
    usage:
      "show resolvers [id]                     : dumps counters from all resolvers section and associated name servers",
    run: ({ host, word }) => {
      const text = host.resolvers?.(word(2) || undefined);
      return text ?? (word(2) === "" ? information("\n") : failure("Can't find that resolvers section\n"));
    },
  },
];
