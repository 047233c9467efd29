"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const list = byId("runs");
  if (!list) return;
  const cards = [...list.children];
  const trends = [...document.querySelectorAll(".trends li")];
  const words = new Map([...cards, ...trends].map((one) => [one, one.textContent.toLowerCase()]));

  const text = (name) => (a, b) => a.dataset[name].localeCompare(b.dataset[name], undefined, { numeric: true });
  const newest = (a, b) => text("date")(b, a);
  const ORDERS = {
    newest,
    oldest: text("date"),
    model: (a, b) => text("model")(a, b) || newest(a, b),
    problems: (a, b) => b.dataset.problems - a.dataset.problems || newest(a, b),
  };

  function filter() {
    const wanted = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of words.keys()) one.hidden = !wanted.every((word) => words.get(one).includes(word));
    for (const group of document.querySelectorAll(".trend-group")) {
      group.hidden = [...group.querySelectorAll("li")].every((one) => one.hidden);
    }
    const shown = cards.filter((card) => !card.hidden).length;
    byId("count").textContent = wanted.length ? `${shown} of ${cards.length} runs` : "";
  }

  function sort() {
    list.append(...cards.slice().sort(ORDERS[byId("order").value]));
  }

  byId("find").addEventListener("input", filter);
  byId("order").addEventListener("change", sort);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === byId("find") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    byId("find").focus();
  });
  byId("tools").hidden = false;
  filter();
  sort();
})();
