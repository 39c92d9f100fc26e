import { type Answer, unknown } from "./answer.js";
import { askDns } from "./dns-check.js";
import { askHttp } from "./http-check.js";
import { askMisc } from "./misc-check.js";
import { askPing } from "./ping-check.js";
import type { Ask, AskWorld, CheckOf, Question } from "./question.js";
import { askSmtp } from "./smtp-check.js";
import { askTcp } from "./tcp-check.js";
import { askUdp } from "./udp-check.js";

/** Asks as the check's kind does. FILE_CHECK and BFD_CHECK ask nobody: they are told. */
export const ask: Ask = async (question, world, signal) => {
  try {
    return await byKind(question, world, signal);
  } catch (error) {
    return unknown((error as Error).message);
  }
};

function byKind(question: Question, world: AskWorld, signal: AbortSignal): Promise<Answer> {
  const { kind } = question.check;
  switch (kind) {
    case "TCP_CHECK":
      return askTcp(question as Question<CheckOf<"TCP_CHECK">>, world, signal);
    case "HTTP_GET":
    case "SSL_GET":
      return askHttp(question as Question<CheckOf<"HTTP_GET" | "SSL_GET">>, world, signal);
    case "SMTP_CHECK":
      return askSmtp(question as Question<CheckOf<"SMTP_CHECK">>, world, signal);
    case "DNS_CHECK":
      return askDns(question as Question<CheckOf<"DNS_CHECK">>, world, signal);
    case "UDP_CHECK":
      return askUdp(question as Question<CheckOf<"UDP_CHECK">>, world, signal);
    case "PING_CHECK":
      return askPing(question as Question<CheckOf<"PING_CHECK">>, world, signal);
    case "MISC_CHECK":
      return askMisc(question as Question<CheckOf<"MISC_CHECK">>, world, signal);
    case "FILE_CHECK":
    case "BFD_CHECK":
      return Promise.resolve(unknown("told from outside"));
  }
}
