// Chapter 9: draw a digit, and the network that was trained on this page says what it is.
"use strict";

dlbook.figure("digit", (place, data) => {
  const SIDE = 28;
  const SAMPLES = 4; // in each direction of a pixel, for smooth edges
  const { html, svg } = dlbook;

  // The network -----------------------------------------------------------------------------------

  const dense = ({ weights, biases }, inputs) =>
    Array.from(biases, (bias, j) => {
      let sum = bias;
      for (let i = 0; i < inputs.length; i++) sum += weights[j * inputs.length + i] * inputs[i];
      return sum;
    });

  function softmax(logits) {
    const largest = Math.max(...logits);
    const powers = logits.map((logit) => Math.exp(logit - largest));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  }

  function answer(image) {
    const hidden = [];
    let inputs = image;
    for (const layer of data.layers.slice(0, -1)) {
      inputs = dense(layer, inputs).map((z) => Math.max(z, 0));
      hidden.push(inputs);
    }
    return { hidden, probabilities: softmax(dense(data.layers.at(-1), inputs)) };
  }

  // From strokes to an image ----------------------------------------------------------------------

  // As the training images were made: the drawing is scaled so that its longer side fills the box,
  // with smooth edges, and moved by whole pixels so that its center of mass lies where theirs do.
  function prepare(strokes) {
    if (!strokes.length) return new Array(SIDE * SIDE).fill(0);
    const points = strokes.flat();
    const limits = [0, 1].map((axis) => {
      const values = points.map((point) => point[axis]);
      return [Math.min(...values) - data.pen / 2, Math.max(...values) + data.pen / 2];
    });
    const sides = limits.map(([low, high]) => high - low);
    const scale = data.box / Math.max(...sides);
    const scaled = strokes.map((stroke) =>
      stroke.map((point) => point.map((value, axis) => (value - limits[axis][0]) * scale)));
    const image = shrunk(inked(scaled, (scale * data.pen) / 2));
    const [x, y] = centerOfMass(image).map((center, axis) => {
      const shift = Math.floor(data.center[axis] - center + 0.5);
      return Math.min(Math.max(shift, 0), SIDE - Math.ceil(scale * sides[axis]));
    });
    return image.map((_, k) => {
      const row = Math.floor(k / SIDE) - y, column = (k % SIDE) - x;
      return row >= 0 && column >= 0 ? image[row * SIDE + column] : 0;
    });
  }

  // Which of the sample points lie on the ink: no farther from a stroke than the radius.
  function inked(strokes, radius) {
    const n = SIDE * SAMPLES;
    const ink = new Uint8Array(n * n);
    const span = (a, b) => [
      Math.max(Math.floor((Math.min(a, b) - radius) * SAMPLES), 0),
      Math.min(Math.ceil((Math.max(a, b) + radius) * SAMPLES), n),
    ];
    for (const stroke of strokes) {
      stroke.forEach(([x1, y1], k) => {
        const [x0, y0] = stroke[Math.max(k - 1, 0)];
        const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
        const [left, right] = span(x0, x1), [top, bottom] = span(y0, y1);
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            const x = (column + 0.5) / SAMPLES - x0, y = (row + 0.5) / SAMPLES - y0;
            const along = length ? Math.min(Math.max((x * dx + y * dy) / length, 0), 1) : 0;
            const apart = (x - along * dx) ** 2 + (y - along * dy) ** 2;
            if (apart <= radius * radius) ink[row * n + column] = 1;
          }
        }
      });
    }
    return ink;
  }

  // The share of each pixel that is inked.
  function shrunk(ink) {
    const image = new Array(SIDE * SIDE).fill(0);
    const n = SIDE * SAMPLES;
    ink.forEach((value, k) => {
      const row = Math.floor(k / n / SAMPLES), column = Math.floor((k % n) / SAMPLES);
      image[row * SIDE + column] += value / SAMPLES ** 2;
    });
    return image;
  }

  function centerOfMass(image) {
    let mass = 0, x = 0, y = 0;
    image.forEach((value, k) => {
      mass += value;
      x += value * ((k % SIDE) + 0.5);
      y += value * (Math.floor(k / SIDE) + 0.5);
    });
    return [x / mass, y / mass];
  }

  // The drawing -----------------------------------------------------------------------------------

  // A square of n x n little squares, the more strongly colored the nearer to `full` their values.
  function pixels(n, color) {
    const squares = Array.from({ length: n * n }, (_, k) => svg("rect", {
      x: k % n, y: Math.floor(k / n), width: 1, height: 1, fill: `var(--book-${color})`,
    }));
    const group = svg("g", { "shape-rendering": "crispEdges" }, ...squares);
    const paint = (values, full) => squares.forEach((square, k) =>
      square.setAttribute("fill-opacity", (values[k] ?? 0) / full));
    return { group, paint };
  }

  const frame = (n) => svg("rect", {
    width: n, height: n, fill: "none", stroke: "var(--book-neutral)", "stroke-width": n / 60,
  });

  function panel(title, n, color) {
    const { group, paint } = pixels(n, color);
    const drawing = svg("svg", { viewBox: `0 0 ${n} ${n}`, role: "img" }, group, frame(n));
    const element = html("div", {}, html("div", { class: "digit-title" }, title), drawing);
    const show = (values, full, words) => {
      paint(values, full);
      drawing.setAttribute("aria-label", `${title}: ${words}`);
    };
    return { element, show };
  }

  const seen = panel("What it sees", SIDE, "data");
  const widths = data.layers.map(({ biases }) => biases.length);
  const layers = widths.slice(0, -1).map((width, k) =>
    panel(`Hidden ${k + 1}`, Math.ceil(Math.sqrt(width)), "neutral"));

  const ROW = 27, START = 22, LONGEST = 160;
  const bars = data.classes.map((name, k) => {
    const bar = svg("rect", { x: START, y: k * ROW + 5, height: ROW - 10 });
    const number = svg("text", { y: k * ROW + ROW / 2, "dominant-baseline": "central" });
    const label = svg("text", { y: k * ROW + ROW / 2, "dominant-baseline": "central" }, name);
    return { bar, number, group: svg("g", {}, label, bar, number) };
  });
  const chart = svg("svg", {
    viewBox: `0 0 ${START + LONGEST + 48} ${ROW * bars.length}`, role: "img", "font-size": 16,
  }, ...bars.map(({ group }) => group));

  const sample = pixels(SIDE, "data");
  const lines = svg("g", {
    fill: "none", stroke: "var(--book-data)", "stroke-width": data.pen,
    "stroke-linecap": "round", "stroke-linejoin": "round",
  });
  const edge = (SIDE - data.box) / 2;
  const guide = svg("rect", {
    x: edge, y: edge, width: data.box, height: data.box, fill: "none",
    stroke: "var(--book-neutral)", "stroke-width": 0.1, "stroke-dasharray": "0.5 0.5",
  });
  const tip = svg("circle", {
    class: "digit-pen", r: data.pen / 2, stroke: "var(--book-error)", "stroke-width": 0.3,
  });
  const help = html("div", { class: "digit-help", id: "digit-help" },
    "Mouse, finger, or keys: arrows move the pen, space lowers or lifts it.");
  const surface = svg("svg", {
    class: "digit-surface", viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: 0, role: "application",
    "aria-label": "Drawing surface", "aria-describedby": "digit-help",
    pointerdown: press, pointermove: drag, pointerup: release, pointercancel: release,
    keydown: key,
  }, guide, sample.group, lines, tip, frame(SIDE));

  const clear = dlbook.button("Clear", () => show([]));
  const choices = data.classes.map((name, k) => {
    const button = dlbook.button(name, () => show([], k));
    button.setAttribute("aria-label", `Test image of ${name}`);
    return button;
  });
  const text = html("p", { class: "digit-text", "aria-live": "polite" });
  place.append(
    html("div", { class: "digit-parts" },
      html("div", { class: "digit-draw" },
        html("div", { class: "digit-title" }, "Draw a digit"), surface, help,
        html("div", { class: "live-controls digit-controls" }, clear,
          html("span", {}, "Test images:"), ...choices)),
      html("div", { class: "digit-steps" }, seen.element, ...layers.map((layer) => layer.element)),
      html("div", { class: "digit-bars" },
        html("div", { class: "digit-title" }, "Probabilities"), chart)),
    text,
    html("p", { class: "digit-note" },
      `Network ${[data.layers[0].weights.shape[1], ...widths].join("-")}, trained on `
      + `${data.trained_on}.`));

  // What happens ----------------------------------------------------------------------------------

  let strokes, chosen, state;
  let pointer = null; // the finger or mouse that draws
  const pen = { x: SIDE / 2, y: SIDE / 2, down: false };

  // Show strokes or, instead of them, the test image of a class.
  function show(newStrokes, label) {
    [strokes, chosen] = [newStrokes, label];
    lines.replaceChildren(...strokes.map((stroke) =>
      svg("polyline", { points: [stroke[0], ...stroke].map((point) => point.join()).join(" ") })));
    const offset = SIDE * SIDE * chosen;
    const image = chosen === undefined
      ? prepare(strokes)
      : Array.from(data.images.slice(offset, offset + SIDE * SIDE), (value) => value / 255);
    sample.paint(chosen === undefined ? [] : image, 1);
    if (!strokes.length) pen.down = false;
    state = { image, ...answer(image) };
    draw();
  }

  function draw() {
    const { image, hidden, probabilities } = state;
    const inked = image.filter((value) => value > 0).length;
    seen.show(image, 1, `${SIDE} by ${SIDE} pixels, ${inked} of them not empty`);
    const active = hidden.map((values) =>
      `${values.filter((value) => value > 0).length} of ${values.length}`);
    layers.forEach((layer, k) => {
      const largest = Math.max(...hidden[k]);
      layer.show(hidden[k], largest || 1,
        `${active[k]} neurons active, the largest activation ${largest.toFixed(2)}`);
    });
    const order = probabilities.map((_, k) => k).sort((a, b) => probabilities[b] - probabilities[a]);
    bars.forEach(({ bar, number }, k) => {
      bar.setAttribute("width", LONGEST * probabilities[k]);
      bar.setAttribute("fill", `var(--book-${k === chosen ? "data" : "neutral"})`);
      number.setAttribute("x", START + LONGEST * probabilities[k] + 6);
      number.setAttribute("font-weight", k === order[0] ? "bold" : "normal");
      number.textContent = probabilities[k].toFixed(2);
    });
    const words = order.slice(0, 2).map((k) =>
      `${data.classes[k]} with probability ${probabilities[k].toFixed(2)}`);
    chart.setAttribute("aria-label", data.classes.map((name, k) =>
      `${name}: ${probabilities[k].toFixed(2)}`).join(", "));
    let start = "";
    if (chosen !== undefined) start = `A test image of ${data.classes[chosen]}. `;
    else if (!strokes.length) start = "Nothing is drawn, but a network always answers. ";
    text.textContent = `${start}The network says ${words.join(", then ")}. `
      + `Active hidden neurons: ${active.join(" and ")}.`;
    tip.setAttribute("cx", pen.x);
    tip.setAttribute("cy", pen.y);
    tip.setAttribute("fill", pen.down ? "var(--book-error)" : "none");
  }

  // The pen touches the paper: a stroke begins, and a test image that lies there goes away.
  const begin = () => show([...strokes, [[pen.x, pen.y]]]);

  function move(x, y) {
    pen.x = Math.min(Math.max(x, 0), SIDE);
    pen.y = Math.min(Math.max(y, 0), SIDE);
    if (pen.down) {
      strokes.at(-1).push([pen.x, pen.y]);
      show(strokes);
    } else draw();
  }

  function at(event) {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map(
      (value) => (value / box.width) * SIDE);
  }

  function press(event) {
    if (pointer !== null || event.button) return;
    event.preventDefault();
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    pen.down = false;
    move(...at(event));
    pen.down = true;
    begin();
  }

  function drag(event) {
    if (event.pointerId === pointer) move(...at(event));
  }

  function release(event) {
    if (event.pointerId !== pointer) return;
    pointer = null;
    pen.down = false;
    draw();
  }

  function key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) begin();
      else draw();
    } else if (event.key in steps) {
      const [dx, dy] = steps[event.key];
      move(pen.x + dx, pen.y + dy);
    } else return;
    event.preventDefault();
  }

  show([], data.first);
  return { data, prepare, answer, state: () => ({ ...state, strokes, pen }) };
});
