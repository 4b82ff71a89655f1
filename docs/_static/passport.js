// Fills in what the run of an example cost: a file of measured values, costs.js, comes before.
for (const place of document.querySelectorAll("[data-cost]")) {
  const { seconds, megabytes } = COSTS[place.dataset.cost];
  place.textContent = `Run in ${seconds} s with at most ${megabytes} MB of memory. `;
  place.hidden = false;
}
