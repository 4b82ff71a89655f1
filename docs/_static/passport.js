// Fills in what a build measured: costs.js, and measured.js where a page has places, come before.
for (const place of document.querySelectorAll("[data-cost]")) {
  const { seconds, megabytes } = COSTS[place.dataset.cost] ?? {};
  if (seconds === undefined) continue;
  const memory = megabytes === undefined ? "" : `; its process held at most ${megabytes} MB`;
  place.textContent = `Run in ${seconds} s${memory}.`;
  place.hidden = false;
}
for (const place of document.querySelectorAll("[data-built]")) {
  const versions = BUILT.versions.join(", ").replaceAll("==", " ");
  place.textContent = `Built on ${BUILT.date}${place.dataset.built && ` with ${versions}`}.`;
  place.hidden = false;
}
for (const place of document.querySelectorAll("[data-measured]")) {
  place.outerHTML = MEASURED[place.dataset.measured] ?? place.outerHTML;
}
