// The checkout demo. The shop's part asks POST /v1/decide and sends events as a checkout does: it waits for an answer no
// longer than PATIENCE_MS, and whatever fails, it goes on without advice. The engineer's part shows what came of it.
"use strict";

const PATIENCE_MS = 1000;
const PAUSE_MS = 150; // a basket that changes several times at once is asked about once
const AGAIN_MS = 5000; // an event that could not be sent is sent again, as it was: it counts once

const at = (id) => document.getElementById(id);
const shopTexts = JSON.parse(at("shop-texts").textContent);
const { page: words, ruled_out: whyNot } = JSON.parse(at("page-texts").textContent);
const pageLanguage = document.documentElement.lang;
const tags = { en: "en", de: "de", zh: "zh-Hans" };

let shopLanguage = at("demo").dataset.language;
let catalogue = { products: [], customers: [], currency: "EUR", minor_digits: 2, ordered_at: null };
let lines = []; // {product, size, quantity, row}
let basketId = newId();
let decided = null; // the id of the latest decision about this basket
let shown = null; // the decision whose advice the customer has before them
let turn = 0; // of the answers that are under way, the one to the latest basket counts
let timer = 0;
let outbox = [];
const told = new Set(); // ids of events
let key = "";

// ---- small things

// randomUUID is there on https and on localhost alone.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `demo-${Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("")}`;
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const say = (name) => shopTexts[shopLanguage][name];

function money(minor, language, digits = catalogue.minor_digits) {
  const style = { style: "currency", currency: catalogue.currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, style).format(minor / 10 ** catalogue.minor_digits);
}

function percent(share) {
  return new Intl.NumberFormat(pageLanguage, { style: "percent", maximumFractionDigits: 1 }).format(share);
}

function element(name, { text, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

// ---- the service

// Gives the status, the content and the milliseconds; throws where there is no answer in time.
async function ask(path, body, milliseconds = PATIENCE_MS) {
  const begun = performance.now();
  const headers = { Accept: "application/json" };
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const method = body === undefined ? "GET" : "POST";
  const signal = AbortSignal.timeout(milliseconds);
  const response = await fetch(path, { method, headers, signal, cache: "no-store", body: body && JSON.stringify(body) });
  const content = await response.json();
  return { ok: response.ok, status: response.status, content, milliseconds: performance.now() - begun };
}

function causeOf(error) {
  return error.name === "TimeoutError" ? filled(words.slow, { milliseconds: PATIENCE_MS }) : error.message;
}

function request() {
  const customer = at("other").value.trim() || at("who").value;
  return {
    basket_id: basketId,
    ...(customer && { customer_id: customer }),
    ...(catalogue.ordered_at && { ordered_at: catalogue.ordered_at }),
    currency: catalogue.currency,
    lines: lines.map(({ product, size, quantity }) => ({
      product_id: product.product_id,
      quantity,
      price_minor: product.price_minor,
      ...(product.color && { color: product.color }),
      ...(size && { size, sizes_on_sale: product.sizes }),
    })),
  };
}

// ---- the shop: asking

// The basket is another now. Both arms tell so: the holdout, too, has decisions.
function changed() {
  if (decided) tell("basket_changed", decided);
  askAnew();
}

// What was decided before is about what is gone.
function askAnew() {
  hideAdvice();
  const mine = ++turn;
  clearTimeout(timer);
  if (!lines.length) {
    verdict(words.empty);
    clearWhy();
    return;
  }
  verdict(words.asking);
  timer = setTimeout(() => decide(mine), PAUSE_MS);
}

async function decide(mine) {
  const body = request();
  let answer;
  try {
    answer = await ask("/v1/decide", body);
    if (!answer.ok) throw new Error(`${answer.status}, ${answer.content.detail}`);
  } catch (error) {
    if (mine !== turn) return;
    clearWhy();
    explainRequest(body, null);
    verdict(filled(words.away, { cause: causeOf(error) }));
    return;
  }
  if (mine !== turn) return;
  const decision = answer.content;
  decided = decision.decision_id;
  // The same basket gets the same decision again: what the customer has answered is not shown once more.
  const answered = ["accepted", "dismissed"].some((what) => told.has(eventId(`action_${what}`, decision.decision_id)));
  if (decision.action && !decision.action.needs_person && !answered) showAdvice(decision);
  explain(decision, body, answer.milliseconds);
  if (answered) verdict(filled(words.answered, { action: decision.action.name }));
  explainScore(body, mine);
}

// ---- the shop: advice

function showAdvice(decision) {
  shown = decision;
  at("advice").hidden = false;
  drawAdvice();
  document.getElementById("news").textContent = at("advice-text").textContent;
  seeing.observe(at("advice"));
}

function drawAdvice() {
  if (!shown) return;
  at("advice-text").textContent = shown.action.texts[shopLanguage];
  for (const { row } of lines) row.classList.remove("about");
  for (const place of shown.action.lines) lines[place]?.row.classList.add("about");
}

function hideAdvice() {
  seeing.disconnect();
  shown = null;
  at("advice").hidden = true;
  for (const { row } of lines) row.classList.remove("about");
}

// action_shown says that the customer saw it: it may be below what the window shows.
const seeing = new IntersectionObserver((entries) => {
  if (!shown || !entries.some((each) => each.isIntersecting)) return;
  seeing.disconnect();
  tell("action_shown", shown.decision_id);
}, { threshold: 0.5 });

at("accept").addEventListener("click", () => {
  const { action, decision_id: id } = shown;
  tell("action_accepted", id);
  const line = lines[action.lines[0]];
  hideAdvice();
  at("news").textContent = say("accepted");
  at("basket-title").focus();
  if (action.size && line) setSize(line, action.size);
});

at("dismiss").addEventListener("click", () => {
  tell("action_dismissed", shown.decision_id);
  hideAdvice();
  at("basket-title").focus();
});

// ---- the shop: events

const eventId = (type, decisionId) => `${type}-${decisionId}`;

function tell(type, decisionId) {
  const id = eventId(type, decisionId);
  if (told.has(id)) return;
  told.add(id);
  const event = { type, event_id: id, decision_id: decisionId, reacted_at: new Date().toISOString() };
  const row = element("li", { text: `${type} · ${words.waiting}` });
  at("events").prepend(row);
  outbox.push({ event, row });
  send();
}

async function send() {
  const sending = outbox;
  outbox = [];
  if (!sending.length) return;
  let results = [];
  try {
    const answer = await ask("/v1/events", { events: sending.map((each) => each.event) });
    if (answer.ok) results = answer.content.results;
  } catch {
    // sent again below
  }
  sending.forEach((each, place) => {
    const status = results[place]?.status;
    if (status === undefined || status === "failed") outbox.push(each);
    else each.row.textContent = `${each.event.type} · ${words.events}: ${status}`;
  });
  if (outbox.length) setTimeout(send, AGAIN_MS);
}

// ---- the shop: goods and basket

function sizes(product, chosen) {
  const select = element("select");
  for (const size of product.sizes) select.append(element("option", { value: size, text: size.toUpperCase() }));
  select.value = chosen ?? product.sizes[Math.floor(product.sizes.length / 2)];
  return select;
}

function labelled(name, field) {
  const text = element("span", { text: say(name) });
  text.dataset.text = name;
  return element("label", {}, text, field);
}

function drawGoods() {
  at("goods").replaceChildren(...catalogue.products.map((product) => {
    const about = [product.category, product.color].filter(Boolean).join(", ");
    const size = product.sizes.length ? sizes(product) : null;
    const button = element("button", { type: "button", text: say("add"), onclick: () => add(product, size?.value ?? null) });
    button.dataset.text = "add";
    button.setAttribute("aria-describedby", `name-${product.product_id}`);
    const price = element("span", { className: "money" });
    price.dataset.minor = product.price_minor;
    return element("li", {},
      element("span", { className: "name", id: `name-${product.product_id}`, text: product.product_id }),
      element("small", { text: about }), price, ...(size ? [labelled("size", size)] : []), button);
  }));
  if (!catalogue.products.length) at("goods").append(element("li", { text: say("no_goods") }));
}

function add(product, size) {
  const same = lines.find((each) => each.product === product && each.size === size);
  if (same) {
    same.quantity += 1;
    same.row.querySelector("input").value = same.quantity;
  } else {
    const line = { product, size, quantity: 1, row: element("li") };
    lines.push(line);
    drawLine(line);
    at("lines").append(line.row);
  }
  totals();
  changed();
}

function drawLine(line) {
  const { product, row } = line;
  const pieces = element("input", { type: "number", min: 1, max: 99, value: line.quantity });
  pieces.addEventListener("change", () => {
    line.quantity = Math.min(99, Math.max(1, Math.round(pieces.valueAsNumber) || 1));
    pieces.value = line.quantity;
    totals();
    changed();
  });
  const size = product.sizes.length ? sizes(product, line.size) : null;
  size?.addEventListener("change", () => setSize(line, size.value));
  const remove = element("button", { type: "button", className: "quiet", text: say("remove"), onclick: () => drop(line) });
  remove.dataset.text = "remove";
  remove.setAttribute("aria-describedby", `name-${product.product_id}`);
  row.append(element("span", { className: "name", text: product.product_id }), ...(size ? [labelled("size", size)] : []),
    labelled("pieces", pieces), remove, element("span", { className: "price" }));
}

function setSize(line, size) {
  line.size = size;
  const select = line.row.querySelector("select");
  if (!line.product.sizes.includes(size)) select.append(element("option", { value: size, text: size.toUpperCase() }));
  select.value = size;
  changed();
}

function drop(line) {
  lines = lines.filter((each) => each !== line);
  line.row.remove();
  totals();
  at("basket-title").focus();
  changed();
}

function totals() {
  const language = tags[shopLanguage];
  for (const { product, quantity, row } of lines)
    row.querySelector(".price").textContent = money(product.price_minor * quantity, language);
  at("sum").textContent = money(lines.reduce((sum, each) => sum + each.product.price_minor * each.quantity, 0), language);
  at("total").hidden = !lines.length;
  at("empty").hidden = lines.length > 0;
}

// The customer goes without buying: the next basket is another one, with a decision of its own.
at("leave").addEventListener("click", () => {
  if (decided) tell("basket_abandoned", decided);
  for (const { row } of lines) row.remove();
  lines = [];
  totals();
  another();
});

// ---- the shop: who, and in which language

function drawWho() {
  const chosen = at("who").value;
  at("who").replaceChildren(
    element("option", { value: "", text: say("guest") }),
    ...catalogue.customers.map(({ customer_id: id, orders }) => element("option", { value: id, text: filled(say("customer"), { id, orders }) })));
  at("who").value = chosen;
}

// Another basket has a decision of its own; so has that of another customer, also where the same lines are in it.
function another() {
  basketId = newId();
  decided = null;
  askAnew();
}

at("who").addEventListener("change", () => {
  at("other").value = "";
  another();
});
at("other").addEventListener("change", another);

function speak(language) {
  shopLanguage = language;
  at("shop").lang = tags[language];
  for (const each of document.querySelectorAll("[data-shop-language]"))
    each.setAttribute("aria-pressed", String(each.dataset.shopLanguage === language));
  for (const each of document.querySelectorAll("#shop [data-text]")) each.textContent = say(each.dataset.text);
  for (const each of document.querySelectorAll("#shop [data-minor]")) each.textContent = money(Number(each.dataset.minor), tags[language]);
  drawWho();
  totals();
  drawAdvice();
}

for (const each of document.querySelectorAll("[data-shop-language]"))
  each.addEventListener("click", () => speak(each.dataset.shopLanguage));

// ---- the engineer's part

function verdict(text) {
  at("verdict").textContent = text;
}

function clearWhy() {
  at("facts").hidden = true;
  for (const id of ["scores", "considered", "request", "answer"]) at(id).replaceChildren();
}

function explainRequest(body, answer) {
  at("request").textContent = JSON.stringify(body, null, 2);
  at("answer").textContent = answer ? JSON.stringify(answer, null, 2) : "";
}

function explain(decision, body, milliseconds) {
  verdict(verdictOf(decision));
  at("facts").hidden = false;
  at("arm").textContent = decision.arm ?? "–";
  at("propensity").textContent = percent(decision.propensity);
  at("policy").textContent = decision.policy ? `${decision.policy.name} (${decision.policy.digest})` : "–";
  at("time").textContent = `${Math.round(milliseconds)} ms`;
  at("decision").textContent = decision.decision_id;
  at("considered").replaceChildren(...decision.considered.map(consideredRow));
  explainRequest(body, decision);
}

function verdictOf({ action, arm, considered, degraded }) {
  if (degraded.length) return filled(words.degraded, { cause: degraded.map((each) => each.cause).join(", ") });
  if (action) return filled(action.needs_person ? words.person : words.shown, { action: action.name });
  return arm === "holdout" && considered.some((each) => !each.ruled_out) ? words.holdout : words.nothing;
}

function consideredRow({ action, profit_minor: profit, ruled_out: word }) {
  const cells = [
    element("th", { scope: "row", text: action }),
    element("td", { className: "number", text: profit ? money(profit.expected, pageLanguage) : "–" }),
    element("td", { className: "number", text: profit ? `${money(profit.low, pageLanguage)} – ${money(profit.high, pageLanguage)}` : "–" }),
    element("td", { text: word ? whyNot[word] ?? word : words.chosen }),
  ];
  return element("tr", { className: word ? "" : "chosen" }, ...cells);
}

// The score is asked for by itself, after the decision: a checkout needs only the decision.
async function explainScore(body, mine) {
  let answer;
  try {
    answer = await ask("/v1/score", { ...body, explain: "reasons" });
  } catch {
    return;
  }
  if (mine !== turn || !answer.ok) return;
  at("scores").replaceChildren(...answer.content.lines.map((line, place) => {
    const { product_id: id, size } = body.lines[place];
    const [reason] = Object.entries(line.reasons ?? {}).sort((one, other) => other[1] - one[1]);
    return element("tr", {},
      element("th", { scope: "row", text: size ? `${id}, ${size.toUpperCase()}` : id }),
      element("td", { className: "number", text: percent(line.probability) }),
      element("td", { className: "number", text: `${percent(line.interval.low)} – ${percent(line.interval.high)}` }),
      element("td", { text: reason ? `${reason[0]}, ${percent(reason[1])}` : "–" }));
  }));
}

// ---- the start

async function open() {
  let cause = null;
  try {
    const answer = await ask("/demo/catalogue", undefined, 60_000); // the first one is made anew
    if (answer.ok) catalogue = answer.content;
    else cause = answer.status === 401 ? words.key : answer.content.detail;
  } catch (error) {
    cause = causeOf(error);
  }
  drawGoods();
  speak(shopLanguage);
  verdict(cause === null ? words.empty : filled(words.no_catalogue, { cause }));
  at("demo").dataset.ready = "";
}

at("key-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  key = at("key").value.trim();
  open();
});

open();
