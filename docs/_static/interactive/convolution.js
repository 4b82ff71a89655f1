// Chapter 11: a kernel steps over an image that the reader paints, fills its map, and is pooled.
"use strict";

dlbook.figure("convolution", (place, data) => {
  const { html } = dlbook;
  const K = 3; // rows and columns of the kernel
  const LARGEST = 9; // the brightest pixel
  const OWN = "own numbers";
  const POOLINGS = {
    max: { words: "largest", of: (entries) => Math.max(...entries) },
    mean: { words: "mean", of: (entries) => entries.reduce((a, b) => a + b) / entries.length },
  };
  const side = data.image.length;
  const copy = (table) => table.map((row) => [...row]);
  const state = {
    image: copy(data.image), kernel: copy(data.kernels[data.kernel]),
    padding: data.padding, stride: data.stride, relu: data.relu, pooling: data.pooling,
    at: data.at, // the place where the kernel lies, counted row after row
    filled: Infinity, // the places whose sums are shown: those below this number
    brush: LARGEST,
  };

  // The numbers.

  const pixel = (row, column) => state.image[row - state.padding]?.[column - state.padding] ?? 0;

  const range = (n) => [...Array(n).keys()];

  const table = (rows, columns, entry) =>
    range(rows).map((row) => range(columns).map((column) => entry(row, column)));

  // The nine pairs of weight and pixel at a place of the map.
  const pairs = (row, column) => table(K, K, (i, j) =>
    [state.kernel[i][j], pixel(row * state.stride + i, column * state.stride + j)]).flat();

  const sumAt = (row, column) => pairs(row, column).reduce((sum, [w, a]) => sum + w * a, 0);

  const mapSide = () => Math.floor((side + 2 * state.padding - K) / state.stride) + 1;

  function featureMap() {
    const activate = (z) => (state.relu ? Math.max(z, 0) : z);
    return table(mapSide(), mapSide(), (row, column) => activate(sumAt(row, column)));
  }

  const entriesOf = (map, row, column) =>
    table(2, 2, (i, j) => map[2 * row + i][2 * column + j]).flat();

  function pooled(map) {
    const n = Math.floor(map.length / 2);
    const pooling = POOLINGS[state.pooling];
    return pooling ? table(n, n, (row, column) => pooling.of(entriesOf(map, row, column))) : [];
  }

  // Words.

  function short(value) {
    const rounded = Math.round(value * 100) / 100;
    const text = String(Math.abs(rounded) >= 10 ? Math.round(value * 10) / 10 : rounded);
    return text.replace("-", "−");
  }

  // In full words two more decimals have room, so that the sum can be checked.
  const long = (value) => String(Math.round(value * 1e4) / 1e4).replace("-", "−");

  const productWords = ([w, a], k) =>
    `${w < 0 ? (k ? " − " : "−") : k ? " + " : ""}${long(Math.abs(w))}·${long(a)}`;

  // Cells. A share of the hue tells the size of a number.

  function shade(cell, value, largest) {
    cell.style.setProperty("--share", `${(60 * Math.abs(value)) / (largest || 1)}%`);
    cell.classList.toggle("conv-negative", value < 0);
  }

  const put = (element, row, column, span = 1) => {
    element.style.gridArea = `${row + 1} / ${column + 1} / span ${span} / span ${span}`;
  };

  function shape(grid, n, cell) {
    grid.style.gridTemplateColumns = `repeat(${n}, 1fr)`;
    grid.style.width = `min(100%, ${n * cell}rem)`;
  }

  const windowFrame = html("div", { class: "conv-frame" });
  const rim = table(side + 2, side + 2, (row, column) => {
    const inside = [row, column].every((k) => k > 0 && k <= side);
    const cell = inside ? null : html("span", { class: "conv-cell conv-rim" }, "0");
    if (cell) put(cell, row, column);
    return cell;
  }).flat().filter(Boolean);
  const cells = table(side, side, (row, column) => html("button", {
    type: "button", class: "conv-cell", tabindex: row + column ? -1 : 0,
    "data-row": row, "data-column": column,
    // A pointer paints when it goes down; a click that no pointer made comes from a key.
    click: (event) => { if (event.detail === 0) paint(row, column, painted(row, column)); },
  }));
  const imageGrid = html("div", {
    class: "conv-grid conv-image", role: "group", "aria-label": "image, cells to paint",
    pointerdown: press, pointermove: drag, keydown: key,
  }, ...rim, ...cells.flat(), windowFrame);

  // The same stroke paints everywhere what it paints first; painting a painted cell clears it.
  const painted = (row, column) => (state.image[row][column] === state.brush ? 0 : state.brush);
  let stroke = 0;

  function paint(row, column, value) {
    state.image[row][column] = value;
    draw();
  }

  function press(event) {
    const cell = event.target.closest("button");
    if (!cell) return;
    const { row, column } = cell.dataset;
    stroke = painted(row, column);
    focusCell(Number(row), Number(column));
    paint(row, column, stroke);
  }

  function drag(event) {
    if (!event.buttons) return;
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("button");
    if (cell && imageGrid.contains(cell)) paint(cell.dataset.row, cell.dataset.column, stroke);
  }

  function key(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const [row, column] = [event.target.dataset.row, event.target.dataset.column].map(Number);
    if (/^[0-9]$/.test(event.key)) paint(row, column, Number(event.key));
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const inside = (k) => Math.min(Math.max(k, 0), side - 1);
    focusCell(inside(row + move[0]), inside(column + move[1]));
  }

  function focusCell(row, column) {
    cells.flat().forEach((cell) => { cell.tabIndex = -1; });
    cells[row][column].tabIndex = 0;
    cells[row][column].focus();
  }

  function drawImage() {
    shape(imageGrid, side + 2 * state.padding, 2.3);
    rim.forEach((cell) => { cell.hidden = !state.padding; });
    cells.forEach((line, row) => line.forEach((cell, column) => {
      const value = state.image[row][column];
      cell.textContent = short(value);
      cell.setAttribute("aria-label", `row ${row}, column ${column}: ${short(value)}`);
      shade(cell, value, LARGEST);
      put(cell, row + state.padding, column + state.padding);
    }));
    const n = mapSide();
    put(windowFrame, Math.floor(state.at / n) * state.stride, (state.at % n) * state.stride, K);
  }

  const mapGrid = html("div", {
    class: "conv-grid conv-map", role: "img",
    click: (event) => {
      const place = event.target.dataset.place;
      if (place !== undefined) go(Number(place));
    },
  });
  const pooledGrid = html("div", { class: "conv-grid conv-map", role: "img" });
  const mapTitle = html("p", { class: "conv-title" });
  const pooledTitle = html("p", { class: "conv-title" });

  // Draw a table of numbers, `undefined` being one that is not computed yet.
  function drawTable(grid, numbers, largest, name, frames) {
    const parts = numbers.flat().map((value, k) => {
      const cell = html("div", { class: "conv-cell", "data-place": k });
      if (value === undefined) cell.classList.add("conv-empty");
      else {
        cell.textContent = short(value);
        shade(cell, value, largest);
      }
      put(cell, Math.floor(k / numbers.length), k % numbers.length);
      return cell;
    });
    grid.replaceChildren(...parts, ...frames);
    shape(grid, numbers.length || 1, 2.6);
    grid.setAttribute("aria-label", `${name}: ${numbers.map((row, k) => `row ${k}: ${
      row.map((value) => (value === undefined ? "empty" : short(value))).join(", ")}`).join("; ")}`);
  }

  function frame(row, column, span, kind = "") {
    const element = html("div", { class: `conv-frame ${kind}` });
    put(element, row, column, span);
    return element;
  }

  function shown() {
    const map = featureMap();
    const n = map.length;
    const isFilled = (row, column) => row * n + column < state.filled;
    return {
      map: map.map((line, row) => line.map((z, column) => (isFilled(row, column) ? z : undefined))),
      pooled: pooled(map).map((line, row) => line.map((value, column) =>
        (isFilled(2 * row + 1, 2 * column + 1) ? value : undefined))),
      largest: Math.max(...map.flat().map(Math.abs)),
    };
  }

  function drawMaps() {
    const { map, pooled: small, largest } = shown();
    const n = map.length;
    const [row, column] = [Math.floor(state.at / n), state.at % n];
    const [poolRow, poolColumn] = [Math.floor(row / 2), Math.floor(column / 2)];
    const covered = poolRow < small.length && poolColumn < small.length;
    drawTable(mapGrid, map, largest, "feature map", [
      ...(covered ? [frame(2 * poolRow, 2 * poolColumn, 2, "conv-window")] : []),
      frame(row, column, 1),
    ]);
    mapTitle.textContent = `feature map${state.relu ? " after ReLU" : ""}, ${n} x ${n}`;
    drawTable(pooledGrid, small, largest, "pooled map",
      covered ? [frame(poolRow, poolColumn, 1, "conv-window")] : []);
    pooledGrid.hidden = !small.length;
    pooledTitle.textContent = small.length
      ? `${state.pooling}-pooling, ${small.length} x ${small.length}` : "no pooling";
  }

  // The step in words.
  const words = html("p", { class: "conv-words", "aria-live": "polite" });

  function drawWords() {
    const { map, pooled: small } = shown();
    const n = map.length;
    const [row, column] = [Math.floor(state.at / n), state.at % n];
    const z = sumAt(row, column);
    const lines = range(K).map((i) => html("span", { class: "conv-products" },
      pairs(row, column).slice(K * i, K * i + K).map((pair, j) => productWords(pair, K * i + j))
        .join("") + (i === K - 1 ? ` = ${long(z)}` : "")));
    const relu = !state.relu ? "" : z < 0 ? " ReLU makes it 0." : " ReLU leaves it.";
    words.replaceChildren(
      `Place ${state.at + 1} of ${n * n}, row ${row} and column ${column} of the map. ` +
      "Weight times pixel, nine times:", ...lines,
      `The sum is ${long(z)}.${relu}${poolWords(map, small, row >> 1, column >> 1)}`);
  }

  function poolWords(map, small, row, column) {
    if (state.pooling === "none") return "";
    if (!(row < small.length && column < small.length))
      return " No window of the pooling covers this place: the map has an odd side.";
    if (small[row][column] === undefined) return " Its pooling window is not complete yet.";
    const entries = entriesOf(map, row, column).map(long).join(", ");
    return ` Of its pooling window ${entries} the ${POOLINGS[state.pooling].words} is ${
      long(small[row][column])}.`;
  }

  function draw() {
    const last = mapSide() ** 2 - 1;
    state.at = Math.min(state.at, last);
    drawImage();
    drawMaps();
    drawWords();
    back.disabled = state.at === 0;
    next.disabled = state.at === last;
  }

  // Steps.
  let clock = null;

  function go(at) {
    state.at = at;
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
    if (clock !== null) return stop();
    if (next.disabled) startOver();
    play.textContent = "Stop";
    words.setAttribute("aria-live", "off"); // nobody wants to hear every place
    clock = setInterval(() => {
      if (!next.disabled) go(state.at + 1);
      if (next.disabled) stop();
    }, 700);
    return undefined;
  }

  const back = dlbook.button("Back", () => go(state.at - 1));
  const next = dlbook.button("Next", () => go(state.at + 1));
  const play = dlbook.button("Play", toggle);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const steps = html("div", { class: "live-controls" },
    dlbook.button("Start over", startOver), back, next, ...(still ? [] : [play]),
    dlbook.button("Fill the map", () => { state.filled = Infinity; draw(); }));

  // Settings.
  const weights = table(K, K, (row, column) => html("input", {
    type: "number", step: "any", "aria-label": `weight in row ${row}, column ${column}`,
    input: (event) => {
      const value = event.target.valueAsNumber;
      if (!Number.isFinite(value)) return; // half typed, such as a minus alone
      state.kernel[row][column] = value;
      named.input.value = OWN;
      draw();
    },
  }));

  function showWeights() {
    weights.forEach((line, row) => line.forEach((input, column) => {
      input.value = Math.round(state.kernel[row][column] * 1e4) / 1e4;
    }));
  }

  const names = [...Object.keys(data.kernels), OWN];
  const named = dlbook.choice("kernel", Object.fromEntries(names.map((name) => [name, name])),
    data.kernel, (name) => {
      if (name !== OWN) state.kernel = copy(data.kernels[name]);
      showWeights();
      draw();
    });
  const settings = {
    padding: dlbook.choice("padding", { 0: "0", 1: "1" }, String(state.padding), set("padding")),
    stride: dlbook.choice("stride", { 1: "1", 2: "2" }, String(state.stride), set("stride")),
    pooling: dlbook.choice("pooling", { none: "none", max: "max, 2 x 2", mean: "mean, 2 x 2" },
      state.pooling, set("pooling")),
  };
  const relu = html("input", {
    type: "checkbox", checked: state.relu,
    change: () => { state.relu = relu.checked; draw(); },
  });

  function set(name) {
    return (value) => {
      state[name] = name === "pooling" ? value : Number(value);
      // Another padding or stride makes another map: it is shown whole.
      if (name !== "pooling") state.filled = Infinity;
      draw();
    };
  }

  const panel = (name, ...children) => html("div", { class: `conv-panel conv-${name}` }, ...children);
  place.append(
    panel("left", html("p", { class: "conv-title" }, `image, ${side} x ${side}`), imageGrid,
      html("div", { class: "live-controls" },
        dlbook.slider("paint with", { min: 1, max: LARGEST, step: 1, value: LARGEST, digits: 0 },
          (value) => { state.brush = value; }),
        dlbook.button("Clear", () => { state.image = table(side, side, () => 0); draw(); }),
        dlbook.button("First image", () => { state.image = copy(data.image); draw(); })),
      html("p", { class: "conv-help" },
        "Paint with pointer or finger. Keys: arrows move, space paints, a digit writes itself.")),
    panel("right", mapTitle, mapGrid),
    panel("steps", steps, words),
    panel("kernel", html("div", { class: "live-controls" }, named),
      html("div", { class: "conv-weights" }, ...weights.flat()),
      html("div", { class: "live-controls" }, settings.padding, settings.stride,
        html("label", { class: "live-choice conv-check" }, relu, html("span", {}, "ReLU")),
        settings.pooling)),
    panel("pooled", pooledTitle, pooledGrid));
  showWeights();
  draw();

  return {
    // Take other numbers, all places computed, and tell what the figure then shows.
    show(numbers) {
      Object.assign(state, { filled: Infinity }, numbers);
      showWeights();
      draw();
      return shown();
    },
    state: () => ({ ...state, ...shown(), words: words.textContent }),
  };
});
