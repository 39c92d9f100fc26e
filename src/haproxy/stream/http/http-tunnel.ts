import type { ResponseHead } from "../../../proxy/index.js";
import { Relay, type RelayOwner } from "../relay.js";
import type { HttpStream } from "./http-stream.js";

/** After 101, or 2xx to CONNECT: bytes go both ways until a side has enough. */
export class HttpTunnel implements RelayOwner {
  readonly #stream: HttpStream;
  readonly #relay: Relay;

  constructor(stream: HttpStream) {
    this.#stream = stream;
    const server = stream.link.takeWire();
    this.#relay = new Relay(this, stream.exchange.tunnel(), server);
  }

  start(): void {
    const { deadlines, now } = this.#stream;
    deadlines.serverActive = now;
    deadlines.clientActive = now;
    this.#relay.start();
    deadlines.watch();
  }

  get clientEnded(): boolean {
    return this.#relay.client.ended;
  }

  get serverEnded(): boolean {
    return this.#relay.server.ended;
  }

  onRelayed(fromClient: boolean, bytes: number): void {
    const stream = this.#stream;
    if (fromClient) stream.bytesIn += bytes;
    else stream.bytesOut += bytes;
    stream.lastActivity = stream.now;
    stream.deadlines.moved(stream.lastActivity);
  }

  onHalfClosed(fromClient: boolean): void {
    this.#stream.deadlines.halfClosed(fromClient, this.#stream.now);
  }

  onRelayDone(): void {
    this.#end();
  }

  onRelayBroken(client: boolean): void {
    const stream = this.#stream;
    if (client) stream.tally.clientAbort();
    else stream.tally.serverAbort();
    stream.endsBy(client ? "C" : "S", "D");
    this.#end();
  }

  /** Ends both sides. */
  close(): void {
    this.#relay.destroy();
    this.#end();
  }

  #end(): void {
    this.#stream.link.forget();
    this.#stream.finish();
  }
}

/** The head that the server sent goes to the client; what follows is no HTTP. */
export function openTunnel(stream: HttpStream, head: ResponseHead): void {
  stream.state = "tunnel";
  stream.exchange.respond(head, 0);
  stream.tunnel = new HttpTunnel(stream);
  stream.tunnel.start();
}
