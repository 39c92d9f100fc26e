import { protobufField } from "../protobuf.js";
import { type ConverterKind, type Converters, text } from "../registry.js";

const field = (messages: (bytes: Buffer) => Iterable<Buffer> | undefined): ConverterKind => ({
  from: "bin",
  make: (arguments_) => {
    const path = (text(arguments_, 0) ?? "").split(".").map(Number);
    const type = text(arguments_, 1) || undefined;
    return (sample) => {
      if (sample.type !== "bin") return undefined;
      for (const message of messages(sample.value) ?? []) {
        const found = protobufField(message, path, type);
        if (found) return found;
      }
      return undefined;
    };
  },
});

/** gRPC's messages: a byte that says whether it is compressed, four of its length, the message ("PROTOCOL-HTTP2", Length-Prefixed-Message). */
function* grpcMessages(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at + 5 < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) return;
    yield bytes.subarray(at + 5, end);
    at = end;
  }
}

export const protobufConverters: Converters = {
  protobuf: field((bytes) => [bytes]),
  ungrpc: field(grpcMessages),
};
