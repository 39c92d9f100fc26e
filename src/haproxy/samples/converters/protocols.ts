import { later } from "../../run/index.js";
import { fixTag, fixValue, validFix } from "../fix.js";
import { mqttType, parseMqtt } from "../mqtt.js";
import { type Converters, text } from "../registry.js";
import { bin, bool, no, str, yes } from "../value.js";

/** FIX and MQTT: what isn't whole yet may be later. */
export const protocolConverters: Converters = {
  fix_is_valid: {
    from: "bin",
    settles: true,
    make: () => (sample) => {
      const verdict = sample.type === "bin" ? validFix(sample.value.toString("latin1")) : false;
      return verdict === "more" ? later : bool(verdict);
    },
  },
  fix_tag_value: {
    from: "bin",
    settles: true,
    make: (arguments_) => {
      const tag = fixTag(text(arguments_, 0) ?? "");
      return (sample) => {
        if (tag === undefined || sample.type !== "bin") return undefined;
        const value = fixValue(sample.value.toString("latin1"), tag);
        if (value === "more") return later;
        return value === undefined ? undefined : bin(Buffer.from(value, "latin1"));
      };
    },
  },
  mqtt_is_valid: {
    from: "bin",
    settles: true,
    make: () => (sample) => {
      const packet = sample.type === "bin" ? parseMqtt(sample.value) : undefined;
      return packet === "more" ? later : packet ? yes : no;
    },
  },
  mqtt_field_value: {
    from: "bin",
    settles: true,
    make: (arguments_) => {
      const type = mqttType(text(arguments_, 0) ?? "");
      const name = text(arguments_, 1) ?? "";
      return (sample) => {
        const packet = sample.type === "bin" ? parseMqtt(sample.value) : undefined;
        if (packet === "more") return later;
        const value = packet?.type === type ? packet?.fields.get(name) : undefined;
        return value === undefined ? undefined : str(value);
      };
    },
  },
};
