import type { Converters } from "../registry.js";
import { addressConverters } from "./addresses.js";
import { arithmeticConverters } from "./arithmetic.js";
import { dateConverters } from "./dates.js";
import { effectConverters } from "./effects.js";
import { encodingConverters } from "./encodings.js";
import { hashConverters } from "./hashing.js";
import { jsonConverters } from "./json.js";
import { languageConverters } from "./language.js";
import { mapConverters } from "./maps.js";
import { protobufConverters } from "./protobuf.js";
import { protocolConverters } from "./protocols.js";
import { regsubConverters } from "./regsub.js";
import { stringConverters } from "./strings.js";
import { tableConverters } from "./tables.js";

/** All converters, by their names. */
export const converters: Converters = {
  ...addressConverters,
  ...arithmeticConverters,
  ...dateConverters,
  ...effectConverters,
  ...encodingConverters,
  ...hashConverters,
  ...jsonConverters,
  ...languageConverters,
  ...mapConverters,
  ...protobufConverters,
  ...protocolConverters,
  ...regsubConverters,
  ...stringConverters,
  ...tableConverters,
};
