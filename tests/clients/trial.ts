/** Tries the client: `node trial.js ADDRESS EVENTS`; prints what came of each step as JSON. */

import { type Event, LostEventsError, RefusedError, ReturnRisk, UnavailableError } from "./return-risk.js";

declare const process: { argv: string[] };
const [, , address = "", given = "[]"] = process.argv;
const [order, late, lateReturn, reused, wrong] = JSON.parse(given) as [Event, Event, Event, Event, Event];
const basket = { lines: [{ product_id: "P-17", quantity: 1, price_minor: 4999 }] };
const shop = new ReturnRisk(address);

/** A connection that breaks before the first answer. */
function losing(): (request: Request) => Promise<Response> {
  let lost = false;
  return async (request) => {
    const response = await fetch(request);
    if (lost) return response;
    lost = true;
    await response.arrayBuffer();
    throw new TypeError("connection reset");
  };
}

/** How often a request is sent where each answer has this status, and the error at the end. */
async function tries(status: number, seconds: string, ask: (shop: ReturnRisk) => Promise<unknown>): Promise<string> {
  let count = 0;
  const scripted = async (): Promise<Response> => {
    count += 1;
    if (count > 4) return Response.json({ results: [], counts: {} });
    if (status === 0) throw new TypeError("refused");
    return new Response("from a proxy", { status, headers: { "Retry-After": seconds } });
  };
  const error = await thrown(ask(new ReturnRisk("http://service", { fetch: scripted, events: { seconds: 5, pause: 0.001 } })));
  return `${count} ${error === undefined ? "done" : error.constructor.name}`;
}

async function thrown(promise: Promise<unknown>): Promise<Error | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** What the answers 207, with these statuses, and then ``second`` become; and the ids that were sent. */
async function failing(statuses: string[], second: () => Response): Promise<unknown> {
  const sent: string[][] = [];
  const scripted = async (request: Request): Promise<Response> => {
    const { events } = (await request.json()) as { events: Event[] };
    sent.push(events.map((event) => event.event_id));
    if (sent.length > 1) return second();
    const results = events.map(({ event_id }, place) => ({ event_id, status: statuses[place], detail: "" }));
    return Response.json({ results, counts: {} }, { status: 207 });
  };
  const one = new ReturnRisk("http://service", { fetch: scripted, events: { tries: 1 } });
  let found: unknown;
  const error = await thrown(one.send([order, late, lateReturn]).then((results) => (found = results.map((each) => each.status))));
  return { sent, found: error instanceof LostEventsError ? error.failed.map((each) => each.event_id) : found };
}

const score = await shop.score(basket);
const batch = await shop.scoreBatch({ baskets: [basket] });
const again = await new ReturnRisk(address, { fetch: losing() }).send([order]);
const lost = await thrown(new ReturnRisk(address, { fetch: losing() }).send([late, lateReturn]));
const refused = await thrown(shop.send([reused]));
const invalid = await thrown(shop.send([wrong]));
const unknown = await thrown(shop.lookUp("nothing/of this id"));

console.log(JSON.stringify({
  score: [score.model.version, batch.scores.map((each) => each.lines[0]?.probability === score.lines[0]?.probability)],
  again: again.map((result) => result.status),
  lost: lost instanceof LostEventsError ? lost.lost.map((result) => [result.event_id, result.status]) : String(lost),
  refused: refused instanceof LostEventsError ? refused.message : String(refused),
  invalid: invalid instanceof RefusedError ? invalid.problem?.errors?.map((error) => error.pointer) : String(invalid),
  unknown: unknown instanceof RefusedError ? unknown.status : String(unknown),
  failed: [
    await failing(["applied", "failed", "waiting"], () =>
      Response.json({ results: [{ event_id: "2", status: "applied", detail: "" }], counts: {} })),
    await failing(["failed", "refused", "applied"], () => new Response("", { status: 500 })),
  ],
  closed: (await thrown(new ReturnRisk("http://127.0.0.1:9").score(basket))) instanceof UnavailableError,
  events: [
    await tries(503, "0", (one) => one.send([order])),
    await tries(0, "0", (one) => one.send([order])),
    await tries(429, "0", (one) => one.send([order])),
    await tries(503, "7", (one) => one.send([order])),
    await tries(422, "0", (one) => one.send([order])),
  ],
  scores: [
    await tries(503, "0", (one) => one.score(basket)),
    await tries(0, "0", (one) => one.score(basket)),
    await tries(503, "1", (one) => one.score(basket)),
    await tries(500, "0", (one) => one.score(basket)),
    await tries(429, "0", (one) => one.score(basket)),
  ],
}));
