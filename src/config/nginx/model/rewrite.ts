import type { Place } from "../../finding.js";
import type { Block } from "../block.js";
import type { Template } from "./variables.js";

/** What ngx_http_rewrite_module does, in the order of the file; `if` has its own block, whose statements are its own. */
export type RewriteStatement =
  | {
      readonly kind: "rewrite";
      readonly regex: string;
      readonly replacement: Template;
      readonly flag: "last" | "break" | "redirect" | "permanent" | undefined;
      readonly place: Place;
    }
  | {
      readonly kind: "return";
      readonly status: number;
      /** A text, or of 301, 302, 303, 307, 308 where to. */
      readonly text: Template | undefined;
      readonly place: Place;
    }
  | { readonly kind: "set"; readonly variable: string; readonly value: Template; readonly place: Place }
  | { readonly kind: "break"; readonly place: Place }
  | { readonly kind: "if"; readonly condition: IfCondition; readonly block: Block; readonly place: Place };

/** The condition of an `if`. */
export type IfCondition =
  | { readonly kind: "variable"; readonly variable: string }
  | {
      readonly kind: "equals";
      readonly variable: string;
      readonly value: Template;
      readonly negated: boolean;
    }
  | {
      readonly kind: "regex";
      readonly variable: string;
      readonly regex: string;
      readonly ignoreCase: boolean;
      readonly negated: boolean;
    }
  | {
      readonly kind: "file";
      /** -f, -d, -e, -x. */
      readonly test: "file" | "folder" | "exists" | "executable";
      readonly path: Template;
      readonly negated: boolean;
    };
