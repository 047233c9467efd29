"use strict";
// One choice: which verdicts are shown. Without a script all rows are.
const choices = [...document.querySelectorAll("input[name=verdict]")];
document.querySelector(".toggles").hidden = false;

function show() {
  const shown = new Set(choices.filter((choice) => choice.checked).map((choice) => choice.value));
  for (const row of document.querySelectorAll("tr[data-verdict]")) row.hidden = !shown.has(row.dataset.verdict);
  for (const body of document.querySelectorAll(".results > tbody")) {
    body.hidden = !body.querySelector("tr[data-verdict]:not([hidden])");
  }
}

for (const choice of choices) choice.addEventListener("change", show);
