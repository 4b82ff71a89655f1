// Chapter 11: a kernel steps over an image that the reader paints, fills its map, and is pooled.
"use strict";

dlbook.figure("convolution", (place, data) => {
  const { html } = dlbook;
  const K = 3; // rows and columns of the kernel
  const BRIGHTEST = 9;
  const OWN = "own numbers";
  const POOLINGS = {
    max: { words: "largest", of: (entries) => Math.max(...entries) },
    mean: { words: "mean", of: (entries) => entries.reduce((a, b) => a + b) / entries.length },
  };
  const side = data.image.length;
  const copy = (rows) => rows.map((row) => [...row]);
  const state = {
    ...data,
    image: copy(data.image),
    kernel: copy(data.kernels[data.kernel]),
    filled: Infinity, // places of the map before this one show their number
    brush: BRIGHTEST,
  };

  // The numbers. All tables are square, and places are counted row after row.

  const range = (n) => [...Array(n).keys()];
  const table = (n, entry) => range(n).map((row) => range(n).map((column) => entry(row, column)));

  const pixel = (row, column) => state.image[row - state.padding]?.[column - state.padding] ?? 0;

  const mapSide = () => Math.floor((side + 2 * state.padding - K) / state.stride) + 1;

  // The nine weights at a place of the map, each with the pixel below it.
  const pairs = (row, column) => table(K, (i, j) =>
    [state.kernel[i][j], pixel(row * state.stride + i, column * state.stride + j)]).flat();

  const sum = (row, column) =>
    pairs(row, column).reduce((total, [weight, value]) => total + weight * value, 0);

  // The map so far: what is not filled is undefined.
  function featureMap() {
    const n = mapSide();
    return table(n, (row, column) => {
      if (row * n + column >= state.filled) return undefined;
      return state.relu ? Math.max(sum(row, column), 0) : sum(row, column);
    });
  }

  const entriesOf = (map, row, column) =>
    table(2, (i, j) => map[2 * row + i][2 * column + j]).flat();

  function pooledMap(map) {
    const pooling = POOLINGS[state.pooling];
    return table(pooling ? Math.floor(map.length / 2) : 0, (row, column) => {
      const entries = entriesOf(map, row, column);
      return entries.includes(undefined) ? undefined : pooling.of(entries);
    });
  }

  function shown() {
    const map = featureMap();
    return { map, pooled: pooledMap(map) };
  }

  const write = (value, digits) =>
    String(Math.round(value * 10 ** digits) / 10 ** digits).replace("-", "−");
  const short = (value) => write(value, Math.abs(value) < 10 ? 2 : 1);
  const exact = (value) => write(value, 4);

  // Cells. The share of its color tells the size of a number.

  function put(element, row, column, span = 1) {
    element.style.gridArea = `${row + 1} / ${column + 1} / span ${span} / span ${span}`;
    return element;
  }

  function fill(cell, value, largest) {
    cell.textContent = short(value);
    cell.classList.toggle("conv-negative", value < 0);
    cell.style.setProperty("--share", `${45 * Math.abs(value) / (largest || 1)}%`);
  }

  function widen(grid, columns, cell) {
    grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    grid.style.width = `min(100%, ${columns * cell}rem)`;
  }

  // The image, a table of buttons: one of them is reached by the tab key, the others by arrows.

  const frame = html("div", { class: "conv-frame" });
  const isRim = (row, column) => [row, column].some((k) => k === 0 || k === side + 1);
  const rim = table(side + 2, (row, column) =>
    (isRim(row, column) ? put(html("span", { class: "conv-cell conv-rim" }, "0"), row, column) : []),
  ).flat(2);
  const cells = table(side, (row, column) => html("button", {
    type: "button", class: "conv-cell", tabindex: row + column ? -1 : 0,
    "data-row": row, "data-column": column,
    // A pointer has painted when it went down; a click without one comes from a key.
    click: (event) => { if (event.detail === 0) paint(row, column, opposite(row, column)); },
  }));
  const imageGrid = html("div", {
    class: "conv-grid conv-image", role: "group", "aria-label": "pixels of the image",
    pointerdown: press, pointermove: drag, keydown: key,
  }, ...rim, ...cells.flat(), frame);

  // A pixel that has the color of the brush already is cleared; a stroke goes on as it began.
  const opposite = (row, column) => (state.image[row][column] === state.brush ? 0 : state.brush);
  let stroke = 0;

  function paint(row, column, value) {
    if (state.image[row][column] === value) return;
    state.image[row][column] = value;
    draw();
  }

  function press(event) {
    const { row, column } = event.target.dataset;
    if (row === undefined || event.button !== 0) return;
    event.preventDefault();
    imageGrid.setPointerCapture(event.pointerId);
    stroke = opposite(row, column);
    focusCell(row, column);
    paint(row, column, stroke);
  }

  function drag(event) {
    if (!imageGrid.hasPointerCapture(event.pointerId)) return;
    const below = document.elementFromPoint(event.clientX, event.clientY);
    if (cells.flat().includes(below)) paint(below.dataset.row, below.dataset.column, stroke);
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [row, column] = [event.target.dataset.row, event.target.dataset.column].map(Number);
    if (/^[0-9]$/.test(event.key)) paint(row, column, Number(event.key));
    const move = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
    }[event.key];
    if (!move) return;
    event.preventDefault();
    const inside = (k) => Math.min(Math.max(k, 0), side - 1);
    focusCell(inside(row + move[0]), inside(column + move[1]));
  }

  function focusCell(row, column) {
    for (const cell of cells.flat()) cell.tabIndex = -1;
    cells[row][column].tabIndex = 0;
    cells[row][column].focus();
  }

  function drawImage(row, column) {
    widen(imageGrid, side + 2 * state.padding, 2.3);
    for (const cell of rim) cell.hidden = !state.padding;
    for (const cell of cells.flat()) {
      const [r, c] = [cell.dataset.row, cell.dataset.column].map(Number);
      fill(cell, state.image[r][c], BRIGHTEST);
      cell.setAttribute("aria-label", `row ${r}, column ${c}: ${short(state.image[r][c])}`);
      put(cell, r + state.padding, c + state.padding);
    }
    put(frame, row * state.stride, column * state.stride, K);
  }

  // The map and the pooled map, drawn anew.

  const title = () => html("p", { class: "conv-title" });
  const [mapTitle, pooledTitle] = [title(), title()];
  const mapGrid = html("div", {
    class: "conv-grid conv-map", role: "img",
    click: ({ target }) => { if (target.dataset.at) go(Number(target.dataset.at)); },
  });
  const pooledGrid = html("div", { class: "conv-grid conv-map", role: "img" });

  function drawTable(grid, numbers, largest, name, ...frames) {
    const n = numbers.length;
    grid.replaceChildren(...numbers.flat().map((value, at) => {
      const cell = html("span", { class: "conv-cell", "data-at": at });
      if (value === undefined) cell.classList.add("conv-rim");
      else fill(cell, value, largest);
      return put(cell, Math.floor(at / n), at % n);
    }), ...frames);
    widen(grid, n, 2.6);
    const rows = numbers.map((row) => row.map((z) => (z === undefined ? "empty" : short(z))));
    grid.setAttribute("aria-label",
      `${name}, row by row: ${rows.map((row) => row.join(", ")).join("; ")}`);
  }

  function drawMaps({ map, pooled }, row, column) {
    // Of all sums, without ReLU: so a color keeps its meaning while the map is filled.
    const largest = Math.max(...table(map.length, sum).flat().map(Math.abs));
    const [r, c] = [row >> 1, column >> 1];
    const isPooled = r < pooled.length && c < pooled.length;
    const dashed = (...at) => (isPooled ? [put(html("div", { class: "conv-window" }), ...at)] : []);
    drawTable(mapGrid, map, largest, "feature map",
      ...dashed(2 * r, 2 * c, 2), put(html("div", { class: "conv-frame" }), row, column));
    drawTable(pooledGrid, pooled, largest, "pooled map", ...dashed(r, c));
    pooledGrid.hidden = !pooled.length;
    const size = (numbers) => `${numbers.length} x ${numbers.length}`;
    mapTitle.textContent = `map${state.relu ? " after ReLU" : ""}, ${size(map)}`;
    pooledTitle.textContent = pooled.length ? `pooled map, ${size(pooled)}` : "no pooling";
  }

  // The step in words.

  const words = html("p", { class: "conv-words", "aria-live": "polite" });

  function sayProducts(products, isFirst) {
    return products.map(([weight, value], k) => {
      const sign = weight < 0 ? "− " : k || !isFirst ? "+ " : "";
      return `${sign}${exact(Math.abs(weight))}·${exact(value)}`;
    }).join(" ");
  }

  function sayPooling({ map, pooled }, r, c) {
    if (!pooled.length) return "";
    if (r >= pooled.length || c >= pooled.length)
      return " No pooling window reaches it: the map has an odd number of rows.";
    if (pooled[r][c] === undefined) return " Its pooling window is not full yet.";
    const entries = entriesOf(map, r, c).map(exact).join(", ");
    const name = POOLINGS[state.pooling].words;
    return ` Its pooling window holds ${entries}; the ${name} is ${exact(pooled[r][c])}.`;
  }

  function say(now, row, column) {
    const z = sum(row, column);
    const nine = pairs(row, column);
    const lines = range(K).map((i) => sayProducts(nine.slice(K * i, K * (i + 1)), i === 0));
    const relu = z < 0 ? " ReLU makes it 0." : " ReLU leaves it.";
    words.replaceChildren(
      `Place ${state.at + 1} of ${mapSide() ** 2}: row ${row}, column ${column} of the map. ` +
      "Weight times pixel, nine times:",
      ...lines.map((line) => html("span", { class: "conv-products" }, line)),
      `The sum is ${exact(z)}.${state.relu ? relu : ""}${sayPooling(now, row >> 1, column >> 1)}`);
  }

  function draw() {
    const n = mapSide();
    state.at = Math.min(state.at, n * n - 1);
    const [row, column] = [Math.floor(state.at / n), state.at % n];
    const now = shown();
    drawImage(row, column);
    drawMaps(now, row, column);
    say(now, row, column);
  }

  // Steps.

  let clock = null;
  const isLast = () => state.at === mapSide() ** 2 - 1;

  function go(at) {
    state.at = Math.max(at, 0);
    state.filled = Math.max(state.filled, at + 1);
    draw();
  }

  function startOver() {
    state.filled = 0;
    go(0);
  }

  function stop() {
    clearInterval(clock);
    clock = null;
    play.textContent = "Play";
    words.setAttribute("aria-live", "polite");
  }

  function toggle() {
    if (clock !== null) {
      stop();
      return;
    }
    if (isLast()) startOver();
    play.textContent = "Stop";
    words.setAttribute("aria-live", "off"); // nobody wants to hear every place
    clock = setInterval(() => {
      go(state.at + 1);
      if (isLast()) stop();
    }, 700);
  }

  const play = dlbook.button("Play", toggle);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Settings.

  const weights = table(K, (row, column) => html("input", {
    type: "number", step: "any", min: -99, max: 99, required: true,
    "aria-label": `weight in row ${row}, column ${column}`,
    input: ({ target }) => {
      if (!target.validity.valid) return; // half typed, such as a minus alone
      state.kernel[row][column] = target.valueAsNumber;
      kernel.input.value = OWN;
      draw();
    },
  }));

  function showWeights() {
    weights.flat().forEach((input, k) => { input.value = state.kernel.flat()[k]; });
  }

  // Whoever changes a setting sees the whole map.
  function set(name, value) {
    state[name] = value;
    state.filled = Infinity;
    draw();
  }

  const same = (...keys) => Object.fromEntries(keys.map((key) => [key, key]));
  const choose = (name, options, read) =>
    dlbook.choice(name, options, String(state[name]), (value) => set(name, read(value)));
  const kernel = dlbook.choice(
    "kernel", same(...Object.keys(data.kernels), OWN), data.kernel, (name) => {
      if (name !== OWN) state.kernel = copy(data.kernels[name]);
      showWeights();
      draw();
    });
  const relu = html("input", {
    type: "checkbox", checked: state.relu, change: () => set("relu", relu.checked),
  });
  const controls = (...children) => html("div", { class: "live-controls" }, ...children);
  const panel = (...children) => html("div", { class: "conv-panel" }, ...children);
  place.append(
    panel(html("p", { class: "conv-title" }, `image, ${side} x ${side}`), imageGrid),
    panel(mapTitle, mapGrid),
    html("div", { class: "conv-panel conv-wide" },
      controls(
        dlbook.button("Start over", startOver),
        dlbook.button("Back", () => go(state.at - 1)),
        dlbook.button("Next", () => go(state.at + 1)),
        ...(still ? [] : [play]),
        dlbook.button("Fill the map", () => go(Infinity))),
      words),
    panel(
      controls(kernel),
      html("div", { class: "conv-weights" }, ...weights.flat()),
      controls(choose("padding", same(0, 1), Number), choose("stride", same(1, 2), Number),
        html("label", { class: "live-choice" }, relu, "ReLU"))),
    panel(
      controls(choose("pooling", { none: "none", max: "max, 2 x 2", mean: "mean, 2 x 2" }, String)),
      pooledTitle, pooledGrid),
    html("div", { class: "conv-panel conv-wide" },
      controls(
        dlbook.slider("paint with",
          { min: 1, max: BRIGHTEST, step: 1, value: state.brush, digits: 0 },
          (value) => { state.brush = value; }),
        dlbook.button("Clear", () => { state.image = table(side, () => 0); draw(); }),
        dlbook.button("First image", () => { state.image = copy(data.image); draw(); })),
      html("p", { class: "conv-help" },
        "Draw on the image with a pointer or a finger. By keyboard: arrows go from pixel to " +
        "pixel, space paints, a digit sets the brightness.")));
  showWeights();
  draw();

  return {
    // Take other numbers, fill the map, and tell what the figure then shows.
    show(numbers) {
      Object.assign(state, { filled: Infinity }, numbers);
      showWeights();
      draw();
      return shown();
    },
    state: () => ({ ...state, ...shown(), words: words.textContent }),
  };
});
