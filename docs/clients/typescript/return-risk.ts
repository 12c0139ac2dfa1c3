/**
 * A client of Return Risk: it scores in time or not at all, and sends events until the service has them.
 *
 * `make clients` puts this file beside `api.d.ts`, which it generates from the OpenAPI. Copy both. They need the package
 * openapi-fetch, and a `fetch`: Node.js 18 or later, Deno or Bun. A browser must not have the key.
 */

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.js";

type Schemas = components["schemas"];
export type Basket = Schemas["BasketToExplain"];
export type BasketBatch = Schemas["Baskets"];
export type Score = Schemas["Score"];
export type ScoreBatch = Schemas["Scores"];
export type Event = Schemas["Events"]["events"][number];
export type EventResult = Schemas["EventResult"];
export type Problem = Schemas["Problem"];

/** The service gave no answer that can be used. */
export class ReturnRiskError extends Error {}

/** No try succeeded in time. A checkout goes on without a score; events are still to be sent, with their ids. */
export class UnavailableError extends ReturnRiskError {}

/**
 * The request is wrong, or the key is: sending it again is of no use. `problem` names the fields that are wrong; it is
 * undefined where something between here and the service refused.
 */
export class RefusedError extends ReturnRiskError {
  constructor(readonly status: number, readonly problem: Problem | undefined) {
    super(`${status}: ${problem === undefined ? "no problem detail" : JSON.stringify(problem)}`);
  }
}

/**
 * Events in `lost` do not count; the `detail` of each says why, and what to do. Nothing is wrong with those in `failed`,
 * which are among them: the service failed on each of them twice. Keep them, and send them later. `results` has the
 * result of each event, in their order. The others count, and need not be sent again.
 */
export class LostEventsError extends ReturnRiskError {
  readonly lost: EventResult[];
  readonly failed: EventResult[];

  constructor(readonly results: EventResult[]) {
    const lost = results.filter(isLost);
    const said = lost.map((result) => `${result.event_id} ${result.status}: ${result.detail}`).join("; ");
    super(`${lost.length} of ${results.length} events do not count: ${said}`);
    this.lost = lost;
    this.failed = lost.filter(hasFailed);
  }
}

/**
 * How often to try, and how long: `seconds` for all tries together, `secondsEach` for one. Before the next try it waits
 * as long as `Retry-After` says, and a random part of a pause that doubles from `pause` to `mostPause` seconds.
 */
export interface Patience {
  seconds: number;
  secondsEach: number;
  tries: number;
  statuses: ReadonlySet<number>;
  pause: number;
  mostPause: number;
}

/** Statuses that say nothing against the request itself: another try may succeed. */
const TROUBLES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** A score is wanted soon: one more try after a failed connection or an overload, within the time. */
export const SCORES: Patience = {
  seconds: 0.5, secondsEach: 0.5, tries: 2, statuses: new Set([503]), pause: 0.02, mostPause: 30,
};

/** An event has to arrive: it is sent until the service has it. */
export const EVENTS: Patience = {
  seconds: 600, secondsEach: 10, tries: Infinity, statuses: TROUBLES, pause: 0.5, mostPause: 30,
};

type Fetch = (request: Request) => Promise<Response>;

export interface Options {
  /** The API key; left out where the service has no keys. */
  key?: string;
  scores?: Partial<Patience>;
  events?: Partial<Patience>;
  /** How requests are sent; left out: by `fetch`. */
  fetch?: Fetch;
}

/** A client of the service at an address such as `http://127.0.0.1:8000`. */
export class ReturnRisk {
  readonly #scores: Client<paths>;
  readonly #events: Client<paths>;
  /** Answers that needed more than one try. */
  readonly #retried = new WeakSet<Response>();

  constructor(address: string, { key, scores, events, fetch: send = (request) => fetch(request) }: Options = {}) {
    const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    const connected = (patience: Patience): Client<paths> =>
      createClient<paths>({ baseUrl: address, headers, fetch: (request) => this.#patiently(send, request, patience) });
    this.#scores = connected({ ...SCORES, ...scores });
    this.#events = connected({ ...EVENTS, ...events });
  }

  /** Score a basket, or throw `UnavailableError` in time. */
  async score(basket: Basket): Promise<Score> {
    return answered(await this.#scores.POST("/v1/score", { body: basket }));
  }

  /** Score up to 100 baskets, within the time of one. */
  async scoreBatch(baskets: BasketBatch): Promise<ScoreBatch> {
    return answered(await this.#scores.POST("/v1/score/batch", { body: baskets }));
  }

  /**
   * Send up to 500 events, again and again with the same ids, until the service has them.
   *
   * It throws `LostEventsError` where at least one does not count; `RefusedError` where a field is wrong: none was taken,
   * so leave that event out and send the others; and `UnavailableError` where the service could not take them in time:
   * keep them, and send them later.
   */
  async send(events: Event[]): Promise<EventResult[]> {
    let results = await this.#sent(events);
    if (results.some(hasFailed)) results = await this.#sentAgain(events, results);
    if (results.some(isLost)) throw new LostEventsError(results);
    return results;
  }

  /** Say what became of an event by now; throws `RefusedError` with status 404 where it is not known. */
  async lookUp(eventId: string): Promise<EventResult> {
    return answered(await this.#events.GET("/v1/events/{event_id}", { params: { path: { event_id: eventId } } }));
  }

  async #sent(events: Event[]): Promise<EventResult[]> {
    const answer = await this.#events.POST("/v1/events", { body: { events } });
    const { results } = answered(answer);
    return this.#retried.has(answer.response) ? Promise.all(results.map((result) => this.#settled(result))) : results;
  }

  /** Send the events again on which the service failed, alone; what it said of the others holds. */
  async #sentAgain(events: Event[], results: EventResult[]): Promise<EventResult[]> {
    try {
      const second = await this.#sent(events.filter((_, place) => results[place]?.status === "failed"));
      return results.map((result) => (hasFailed(result) ? (second.shift() ?? result) : result));
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      return results;
    }
  }

  /** After a retry: a duplicate may be known from a try whose answer was lost, and may not count. */
  async #settled(result: EventResult): Promise<EventResult> {
    return result.status === "duplicate" ? this.lookUp(result.event_id) : result;
  }

  /** Send a request as often as its patience says, and throw where no try succeeds. */
  async #patiently(send: Fetch, request: Request, patience: Patience): Promise<Response> {
    const end = performance.now() + patience.seconds * 1000;
    for (let tried = 1; ; tried += 1) {
      const left = Math.max(1, end - performance.now());
      const { response, error } = await once(send, request.clone(), Math.min(patience.secondsEach * 1000, left));
      if (response !== undefined && !patience.statuses.has(response.status)) {
        if (tried > 1) this.#retried.add(response);
        if (!response.ok) throw await failure(response);
        return response;
      }
      const wait = pauseAfter(tried, response, patience);
      if (tried >= patience.tries || performance.now() + wait >= end) {
        if (response !== undefined) throw await failure(response);
        throw new UnavailableError(`no answer after ${tried} tries: ${String(error)}`, { cause: error });
      }
      await new Promise((go) => setTimeout(go, wait));
    }
  }
}

/** Try once; an answer counts when all of it has arrived. */
async function once(send: Fetch, request: Request, ms: number): Promise<{ response?: Response; error?: unknown }> {
  try {
    const response = await send(new Request(request, { signal: AbortSignal.timeout(Math.ceil(ms)) }));
    const body = await response.arrayBuffer();
    return { response: new Response(body, response) };
  } catch (error) {
    return { error };
  }
}

/** The milliseconds to wait after so many tries. */
function pauseAfter(tried: number, response: Response | undefined, patience: Patience): number {
  const asked = Number(response?.headers.get("Retry-After") ?? 0);
  const pause = Math.min(patience.mostPause, patience.pause * 2 ** Math.min(tried - 1, 30));
  return ((Number.isFinite(asked) ? asked : 0) + Math.random() * pause) * 1000;
}

async function failure(response: Response): Promise<ReturnRiskError> {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json") ?? false;
  const problem = isProblem ? ((await response.json()) as Problem) : undefined;
  if (TROUBLES.has(response.status)) {
    return new UnavailableError(`${response.status}: ${problem?.detail ?? "no problem detail"}`);
  }
  return new RefusedError(response.status, problem);
}

/** The answer of a success; every other was thrown before. */
function answered<Answer>({ data, response }: { data?: Answer; response: Response }): Answer {
  if (data === undefined) throw new ReturnRiskError(`${response.status}: an answer that the OpenAPI does not have`);
  return data;
}

function isLost({ status }: EventResult): boolean {
  return status === "not_counted" || status === "refused" || status === "failed";
}

function hasFailed({ status }: EventResult): boolean {
  return status === "failed";
}
