import type { Choice, ToldCandidate, TracedFlow, TracedPacket } from "../dataplane/xdp/index.js";
import { endpointText, serviceIdText } from "../ipvs/model.js";
import { packetObject } from "./capture-lines.js";
import type { ReadTrace } from "./trace-lines.js";
import { rewritingOf } from "./trace-rewriting.js";

/** A packet that was followed, as one line of JSON. */
export function traceJson(read: ReadTrace, came: string, left: string): string {
  const { packet } = read;
  const { flow, connection, entry, before, after, service, template, choice } = packet;
  const rewriting = rewritingOf(read);
  const {
    at,
    in: arrived,
    out,
    ...end
  } = packetObject(read, came, left) as ReturnType<typeof packetObject> & {
    out?: object;
  };
  return JSON.stringify({
    event: "packet",
    at,
    in: arrived,
    ...(flow && { flow: flowObject(flow) }),
    ...(connection && packet.course === "reply" && { connection: flowObject(connection) }),
    table: { entry, ...(before && { before }), ...(after && { after }) },
    ...(service && { service: service.id ? serviceIdText(service.id) : null }),
    ...(template && { template: templateObject(template) }),
    ...(choice && { scheduler: choiceObject(choice) }),
    ...(rewriting && {
      rewriting: {
        ...Object.fromEntries(
          (["source", "destination"] as const).flatMap((side) => {
            const change = rewriting[side];
            return change ? [[side, { from: endpointText(change.from), to: endpointText(change.to) }]] : [];
          }),
        ),
        ...(rewriting.outer && { outer: rewriting.outer }),
      },
    }),
    ...end,
    ...(out && { out }),
  });
}

const flowObject = ({ protocol, client, virtual }: TracedFlow) => ({
  protocol,
  source: endpointText(client),
  destination: endpointText(virtual),
});

const templateObject = ({
  made,
  client,
  virtual,
  seconds,
  connections,
}: NonNullable<TracedPacket["template"]>) => ({
  made,
  client: `${client}`,
  virtual: endpointText(virtual),
  seconds,
  connections,
});

const choiceObject = ({ scheduler, count, candidates, winner, why, cursor }: Choice) => ({
  name: scheduler,
  servers: count,
  candidates: candidates.map(candidateObject),
  chosen: winner ? candidateObject(winner) : null,
  why,
  ...(cursor && { cursor }),
});

const candidateObject = ({ server, weight, active, inactive, load, refused, remembered }: ToldCandidate) => ({
  address: `${server.address}`,
  port: server.port,
  weight,
  active,
  inactive,
  ...(load !== undefined && { load }),
  ...(refused && { refused }),
  ...(remembered && { remembered }),
});
