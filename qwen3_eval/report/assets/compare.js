"use strict";
// Which flips are shown: those lost, those won, or both. Without a script all are.
for (const section of document.querySelectorAll(".flips")) {
  const toggles = section.querySelector(".toggles");
  toggles.hidden = false;
  toggles.addEventListener("change", () => {
    const shown = new Set([...toggles.querySelectorAll("input:checked")].map((input) => input.dataset.way));
    for (const flip of section.querySelectorAll(".flip")) flip.hidden = !shown.has(flip.dataset.way);
  });
}
