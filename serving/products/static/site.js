// Progressive enhancement: links of lists swap only the list, and screen readers read the news. Pages work without it.
"use strict";

const results = "#results";

function say(text) {
  document.getElementById("news").textContent = text;
}

// Sorting and paging are plain links; this swaps only the list, updates the address, and keeps the scroll position.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  const url = new URL(link.href);
  follow(url);
  htmx.ajax("GET", link.href, { source: link, target: results, select: results, swap: "outerMorph", push: url.pathname + url.search });
});

// Hidden fields of the form hold values such as the sorting: a link that changes such a value updates its field.
function follow(url) {
  for (const field of document.querySelectorAll("#filters input[type=hidden]")) {
    const value = url.searchParams.get(field.name);
    if (value !== null) field.value = value;
  }
}

// An answer without the requested part, such as an error page, replaces nothing: the typed text stays.
const trouble = document.createElement("p");
trouble.className = "message failed";
trouble.setAttribute("role", "alert");

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const answer = new DOMParser().parseFromString(ctx.text, "text/html");
  if (!ctx.select || answer.querySelector(ctx.select)) return;
  event.preventDefault();
  const parts = [...answer.querySelectorAll("h1, [data-news]")].map((part) => part.textContent);
  complain(ctx, parts.length ? parts.join(" · ") : document.getElementById("news").dataset.failed);
});

function complain(ctx, text) {
  trouble.textContent = text;
  (ctx.sourceElement.closest("form") ?? ctx.target).before(trouble);
}

document.addEventListener("htmx:before:request", () => {
  trouble.remove();
  busy(true);
});
document.addEventListener("htmx:finally:request", () => busy(false));
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx) complain(event.detail.ctx, document.getElementById("news").dataset.failed);
});

function busy(now) {
  document.querySelector(results)?.setAttribute("aria-busy", String(now));
}

document.addEventListener("htmx:after:swap", () => {
  const news = document.querySelector(`${results} [data-news]`);
  if (news) say(news.textContent);
});
