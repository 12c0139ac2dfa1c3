// Small comforts on top of pages that work without: links of lists swap the list alone, and news is read out.
"use strict";

const results = "#results";

function say(text) {
  document.getElementById("news").textContent = text;
}

// Sorting and paging are plain links; here they swap the list, keep the address, and stay where they were.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  const url = new URL(link.href);
  follow(url);
  htmx.ajax("GET", link.href, { source: link, target: results, select: results, swap: "outerMorph", push: url.pathname + url.search });
});

// The form holds what isn't shown in it, such as the sorting: a link that changes it changes the form, too.
function follow(url) {
  for (const field of document.querySelectorAll("#filters input[type=hidden]")) {
    const value = url.searchParams.get(field.name);
    if (value !== null) field.value = value;
  }
}

document.addEventListener("htmx:before:request", () => busy(true));
document.addEventListener("htmx:finally:request", () => busy(false));
document.addEventListener("htmx:error", () => say(document.getElementById("news").dataset.failed));

function busy(now) {
  document.querySelector(results)?.setAttribute("aria-busy", String(now));
}

document.addEventListener("htmx:after:swap", () => {
  const news = document.querySelector(`${results} [data-news]`);
  if (news) say(news.textContent);
});
