import type { Place } from "../../finding.js";

export type { Place };

/** "a.cfg:3", as HAProxy's messages name a line. */
export const placeText = ({ file, line }: Place): string => `${file}:${line}`;
