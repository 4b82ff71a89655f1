// The valley of chapter 4: a start, an optimizer, a learning rate, and the path that they take.
"use strict";

dlbook.figure("valley", (place, { curvatures, start, constants, rate, most }) => {
  const { html, svg, number } = dlbook;
  const { momentum, decay, beta1, beta2, epsilon } = constants;
  const [wide, high] = [{ range: [-5, 3], ticks: [-4, -2, 0, 2] }, { range: [-2, 2], ticks: [-2, 0, 2] }];
  // Each makes what changes one parameter, with a memory of its own: from a slope to a step.
  const optimizers = {
    "gradient descent": (rate) => (slope) => rate * slope,
    momentum: (rate, velocity = 0) => (slope) => {
      velocity = momentum * velocity + slope;
      return rate * velocity;
    },
    RMSprop: (rate, square = 0) => (slope) => {
      square = decay * square + (1 - decay) * slope ** 2;
      return rate * slope / (Math.sqrt(square) + epsilon);
    },
    Adam: (rate, mean = 0, square = 0, t = 0) => (slope) => {
      t += 1;
      mean = beta1 * mean + (1 - beta1) * slope;
      square = beta2 * square + (1 - beta2) * slope ** 2;
      return rate * (mean / (1 - beta1 ** t)) / (Math.sqrt(square / (1 - beta2 ** t)) + epsilon);
    },
  };
  const first = { v1: start[0], v2: start[1], power: Math.log10(rate), steps: 10 };
  const state = { ...first, optimizer: "gradient descent" };

  const cost = (v) => v.reduce((sum, x, i) => sum + curvatures[i] * x ** 2, 0) / 2;

  function compute() {
    const steps = curvatures.map(() => optimizers[state.optimizer](10 ** state.power));
    const path = [[state.v1, state.v2]];
    while (path.length <= state.steps) {
      path.push(path.at(-1).map((x, i) => x - steps[i](curvatures[i] * x)));
    }
    return path;
  }

  const map = dlbook.chart({
    x: { ...wide, name: "v₁" },
    y: { ...high, name: "v₂" },
    height: 248,
    move(v1, v2) {
      sliders.v1.set(v1);
      sliders.v2.set(v2);
    },
  });
  const levels = [0.5, 2.5, 6, 11, 18, 27, 38].map((level) => svg("ellipse", {
    class: "level", cx: map.across(0), cy: map.down(0),
    rx: map.across(Math.sqrt(2 * level / curvatures[0])) - map.across(0),
    ry: map.down(0) - map.down(Math.sqrt(2 * level / curvatures[1])),
  }));
  const trail = svg("g");
  map.inner.append(...levels, trail);

  // Costs span many powers of ten: their logarithm is drawn.
  const lowest = -8;
  const fall = dlbook.chart({
    x: { range: [0, most], ticks: [0, most / 3, 2 * most / 3, most], name: "steps" },
    y: { range: [lowest, 4], ticks: [-8, -4, 0, 4], name: "cost", text: (k) => `1e${k}` },
    height: 248,
  });
  const line = svg("g");
  fall.inner.append(line);

  // Where a path leaves the picture for good it is drawn no further.
  const far = 1e4;
  function polyline(points) {
    const end = points.findIndex((point) => !point.every((x) => Math.abs(x) < far));
    const shown = end < 0 ? points : points.slice(0, end);
    return [
      svg("path", { class: "weights", d: `M${shown.map((point) => point.join(" ")).join("L")}` }),
      ...shown.map(([cx, cy], i) => (i
        ? svg("circle", { class: "step", cx, cy, r: 3 })
        : svg("rect", { class: "step", x: cx - 5, y: cy - 5, width: 10, height: 10 }))),
    ];
  }

  const words = html("p", { class: "live-words", "aria-live": "polite" });

  function draw() {
    const path = compute();
    const costs = path.map(cost);
    trail.replaceChildren(...polyline(path.map(([v1, v2]) => [map.across(v1), map.down(v2)])));
    line.replaceChildren(...polyline(costs.map((c, t) =>
      [fall.across(t), fall.down(Math.max(lowest, Math.log10(c)))])));
    const end = path.at(-1);
    const small = (x) => (Math.abs(x) < 0.005 || Math.abs(x) >= 100
      ? x.toExponential(1).replaceAll("-", "−") : number(x));
    const rateWords = (10 ** state.power).toPrecision(2);
    words.textContent = `${state.optimizer[0].toUpperCase()}${state.optimizer.slice(1)}, learning rate `
      + `${rateWords}, after ${state.steps} ${state.steps === 1 ? "step" : "steps"}: v = (${small(end[0])}, `
      + `${small(end[1])}). The cost went from ${small(costs[0])} to ${small(costs.at(-1))}.`;
    map.drawing.setAttribute("aria-label", `A path through the valley. ${words.textContent}`);
    fall.drawing.setAttribute("aria-label",
      `The cost after each step, on a scale of powers of ten. ${words.textContent}`);
  }

  const slider = (label, name, options) => dlbook.slider(
    label, { value: state[name], ...options },
    (value) => {
      state[name] = value;
      draw();
    });
  const sliders = {
    v1: slider("start v₁", "v1", { min: wide.range[0], max: wide.range[1], step: 0.05 }),
    v2: slider("start v₂", "v2", { min: high.range[0], max: high.range[1], step: 0.05 }),
    power: slider("learning rate", "power", {
      min: -2.5, max: 0, step: 0.01, text: (power) => (10 ** power).toPrecision(2),
    }),
    steps: slider("steps", "steps", { min: 0, max: most, step: 1, digits: 0 }),
  };
  const names = Object.fromEntries(Object.keys(optimizers).map((name) => [name, name]));
  const choice = dlbook.choice("optimizer", names, state.optimizer, (value) => {
    state.optimizer = value;
    draw();
  });
  const next = dlbook.button("One step", () => sliders.steps.set(state.steps + 1));
  const again = dlbook.button("Start again", () => {
    for (const [name, value] of Object.entries(first)) sliders[name].set(value);
  });
  place.append(
    html("div", { class: "live-pair" }, map.drawing, fall.drawing),
    words,
    html("div", { class: "live-controls" }, choice, ...Object.values(sliders), next, again));
  draw();
  return {
    // For tests: choose and move the sliders, and say where the path leads.
    set({ optimizer, ...values }) {
      choice.input.value = optimizer;
      choice.input.dispatchEvent(new Event("change"));
      for (const [name, value] of Object.entries(values)) sliders[name].set(value);
      return { rate: 10 ** state.power, start: [state.v1, state.v2], path: compute() };
    },
  };
});
