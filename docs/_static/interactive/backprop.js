// Chapter 6: one sample goes forward through a small network, and its errors come back, step by
// step. The numbers of the start are the library's; they are computed here when the reader moves one.
"use strict";

dlbook.figure("backprop", (place, data) => {
  const { html, svg, number } = dlbook;
  const X = [30, 170, 310]; // where the layers stand
  const GAPS = [100, 88, 176]; // between the neurons of a layer
  const [MIDDLE, RADIUS] = [192, 24];

  const sample = (layers) => layers.map(([row]) => row);
  const start = {
    weights: data.weights,
    a: sample(data.trace.activations),
    z: sample(data.trace.weighted_inputs),
    errors: sample(data.trace.errors),
    gradients: data.trace.weight_gradients,
    cost: data.cost,
    costAfter: data.cost_after,
  };
  const widths = start.a.map((layer) => layer.length);
  const state = {}; // step, inputs, target, and the factor of all weights
  let trace;

  // The numbers.

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const slope = (a) => a * (1 - a);
  const dot = (u, v) => u.reduce((sum, value, k) => sum + value * v[k], 0);
  const costOf = (outputs) =>
    outputs.reduce((sum, a, j) => sum + (a - state.target[j]) ** 2 / 2, 0);

  function forward(weights, biases) {
    const a = [state.inputs];
    const z = weights.map((rows, l) => {
      const sums = rows.map((row, j) => dot(row, a[l]) + biases[l][j]);
      a.push(sums.map(sigmoid));
      return sums;
    });
    return { a, z };
  }

  function compute() {
    const change = (f) =>
      data.weights.map((rows, l) => rows.map((row, j) => row.map((w, k) => f(w, l, j, k))));
    const weights = change((w) => state.factor * w);
    const { a, z } = forward(weights, data.biases);
    const last = a[2].map((output, j) => (output - state.target[j]) * slope(output));
    const hidden = a[1].map((output, j) =>
      dot(weights[1].map((row) => row[j]), last) * slope(output));
    const errors = [hidden, last];
    const gradients = change((w, l, j, k) => a[l][k] * errors[l][j]);
    const rate = data.learning_rate;
    const moved = forward(
      change((w, l, j, k) => weights[l][j][k] - rate * gradients[l][j][k]),
      data.biases.map((layer, l) => layer.map((b, j) => b - rate * errors[l][j])));
    return {
      weights, a, z, errors, gradients, cost: costOf(a[2]), costAfter: costOf(moved.a[2]),
    };
  }

  // The steps, one for each neuron on the way forward, back, and for the gradients.

  const each = (kind, ...layers) => layers.flatMap((layer) =>
    Array.from({ length: widths[layer] }, (_, j) => ({ kind, layer, j })));
  const steps = [
    { kind: "input" }, ...each("forward", 1, 2), { kind: "cost" }, ...each("error", 2, 1),
    ...each("gradient", 2, 1), { kind: "update" },
  ];
  const done = (kind, layer, j) => state.step > steps.findIndex((step) =>
    step.kind === kind && step.layer === layer && step.j === j);

  // Words. Each step has a title and a sentence, a list of texts and colored numbers.

  const symbol = (letter, layer, ...indices) =>
    letter + "⁰¹²"[layer] + indices.map((j) => "₁₂₃₄"[j]).join("");
  const who = ({ layer, j }) => (layer === 2 ? `output ${j + 1}` : `hidden neuron ${j + 1}`);
  const join = (between, lists) => lists.flatMap((list, i) => (i ? [between, ...list] : list));
  const paint = (color, value, digits = 3) =>
    html("span", { class: `bp-${color}` }, number(value, digits));

  function factor(color, value, digits = 3) {
    const painted = paint(color, value, digits);
    return painted.textContent.startsWith("−") ? ["(", painted, ")"] : [painted];
  }

  const product = (...factors) => join(" · ", factors);
  const vector = (values, digits) =>
    ["(", ...join(", ", values.map((value) => [paint("data", value, digits)])), ")"];

  const tell = {
    input: () => ["Input", [
      "The sample goes in, a⁰ = x = ", ...vector(trace.a[0], 3), ", and its answer waits, y = ",
      ...vector(state.target, 0), ".",
    ]],
    forward: ({ layer, j }) => {
      const terms = trace.weights[layer - 1][j].map((weight, k) =>
        product(factor("weights", weight), factor("data", trace.a[layer - 1][k])));
      return ["Forward", [
        `Weights times activations, plus the bias: ${symbol("z", layer, j)} = `,
        ...join(" + ", [...terms, factor("weights", data.biases[layer - 1][j])]),
        ` = ${number(trace.z[layer - 1][j], 3)}; then ${symbol("a", layer, j)} = `
        + `σ(${symbol("z", layer, j)}) = `, paint("data", trace.a[layer][j]), ".",
      ]];
    },
    cost: () => ["Cost", [
      "Half the squared distance of the outputs from the answer: C = ½ (",
      ...join(" + ", trace.a[2].map((a, j) =>
        ["(", paint("data", a), " − ", paint("data", state.target[j], 0), ")²"])),
      ") = ", paint("error", trace.cost, 4), ".",
    ]],
    error: ({ layer, j }) => {
      const a = trace.a[layer][j];
      const result = [" · ", number(slope(a), 4), " = ", paint("error", trace.errors[layer - 1][j], 4), "."];
      if (layer === 2) {
        return ["Equation 1, error", [
          `Output minus answer, times the slope σ′(z) = a (1 − a): ${symbol("δ", 2, j)} = (`,
          paint("data", a), " − ", paint("data", state.target[j], 0), ")", ...result,
        ]];
      }
      return ["Equation 2, error", [
        `The errors come back over the weights and add up, times the slope: ${symbol("δ", 1, j)} = `
        + `(${trace.errors[1].map((_, i) => symbol("w", 2, i, j) + symbol("δ", 2, i)).join(" + ")}) `
        + `σ′(${symbol("z", 1, j)}) = (`,
        ...join(" + ", trace.errors[1].map((error, i) =>
          product(factor("weights", trace.weights[1][i][j]), factor("error", error, 4)))),
        ")", ...result,
      ]];
    },
    gradient: ({ layer, j }) => {
      const error = trace.errors[layer - 1][j];
      return ["Equations 3 and 4, gradients", [
        `The bias has the error as its gradient, ${symbol("δ", layer, j)} = `,
        paint("gradient", error, 4), ", and each weight activation in times error out: ",
        ...join("; ", trace.a[layer - 1].map((a, k) => [
          ...product(factor("data", a), factor("error", error, 4)), " = ",
          paint("gradient", trace.gradients[layer - 1][j][k], 4),
        ])), ".",
      ]];
    },
    update: () => {
      const verb = trace.costAfter < trace.cost ? "falls" : "does not fall";
      return ["Update", [
        `All weights and biases move against their gradients, with learning rate `
        + `${data.learning_rate}, and the cost of this sample ${verb}: from `,
        paint("error", trace.cost, 4), " to ", paint("error", trace.costAfter, 4), ".",
      ]];
    },
  };

  // The drawing.

  const spot = (layer, j) => [X[layer], MIDDLE + GAPS[layer] * (j - (widths[layer] - 1) / 2)];
  const text = (x, y, color, words) => svg("text", { x, y: y + 5, class: `bp-${color}` }, words);

  function drawEdges(step) {
    const edges = [];
    const labels = [];
    const largest = Math.max(...trace.gradients.flat(2).map(Math.abs)) || 1;
    trace.weights.forEach((rows, l) => rows.forEach((row, j) => row.forEach((weight, k) => {
      const gradient = trace.gradients[l][j][k];
      const known = done("gradient", l + 1, j);
      const into = ["forward", "gradient"].includes(step.kind)
        && step.layer === l + 1 && step.j === j;
      const back = step.kind === "error" && step.layer === l && step.j === k;
      const value = known ? gradient : weight;
      const [[x1, y1], [x2, y2]] = [spot(l, k), spot(l + 1, j)];
      const color = known ? "gradient" : back ? "error" : "weights";
      edges.push(svg("line", {
        x1, y1, x2, y2, class: `bp-edge bp-${color}${into || back ? " bp-on" : ""}`,
        "stroke-width": known ? 1 + 5 * Math.abs(gradient) / largest
          : 1 + 1.5 * Math.min(Math.abs(weight), 3),
        "stroke-dasharray": value < 0 ? "7 4" : "none",
      }));
      if (!into && !back) return;
      const t = back ? 0.58 : 0.42; // nearer to the end where the lines are apart
      labels.push(text(x1 + t * (x2 - x1), y1 + t * (y2 - y1), known ? "gradient" : "weights",
        number(value, known ? 4 : 2)));
    })));
    return [...edges, ...labels];
  }

  function drawNeuron(step, layer, j) {
    const [x, y] = spot(layer, j);
    const known = !layer || done("forward", layer, j);
    const on = step.layer === layer && step.j === j;
    const parts = [
      svg("circle", { cx: x, cy: y, r: RADIUS, class: `bp-neuron${on ? " bp-on" : ""}` }),
      known ? text(x, y, "data", number(trace.a[layer][j], layer ? 3 : 2))
        : text(x, y, "neutral", symbol("a", layer, j)),
    ];
    if (layer && done("error", layer, j)) {
      parts.push(text(x, y + RADIUS + 10, "error", `δ ${number(trace.errors[layer - 1][j], 4)}`));
    }
    if (layer === 2) parts.push(text(x, y - RADIUS - 10, "data", `y ${state.target[j]}`));
    return parts;
  }

  const drawing = svg("svg", { viewBox: "0 0 340 378", role: "img" });
  const words = html("p", { class: "bp-words", "aria-live": "polite" });

  function draw() {
    const step = steps[state.step - 1];
    const heads = ["inputs", "hidden", "outputs"];
    drawing.replaceChildren(
      ...drawEdges(step),
      ...widths.flatMap((n, layer) =>
        Array.from({ length: n }, (_, j) => drawNeuron(step, layer, j)).flat()),
      ...heads.map((head, layer) => text(X[layer], 10, "neutral", head)));
    if (done("cost")) drawing.append(text(X[2], MIDDLE, "error", `C ${number(trace.cost, 4)}`));
    const [title, sentence] = tell[step.kind](step);
    words.replaceChildren(
      html("strong", {}, `${title}${step.layer ? `: ${who(step)}` : ""}.`), " ", ...sentence);
    drawing.setAttribute("aria-label",
      `A network of ${widths.join(", ")} neurons, step ${state.step} of ${steps.length}. `
      + words.textContent);
  }

  // The controls.

  const stepper = dlbook.slider("step", { min: 1, max: steps.length, step: 1, value: 1, digits: 0 },
    (step) => {
      state.step = step;
      draw();
    });
  const changed = (change) => (value) => {
    change(value);
    trace = compute();
    draw();
  };
  const inputs = start.a[0].map((value, k) => dlbook.slider(
    `input x${"₁₂₃"[k]}`, { min: -3, max: 3, step: 0.01, value },
    changed((x) => state.inputs.splice(k, 1, x))));
  const factors = dlbook.slider("all weights times",
    { min: 0, max: 10, step: 0.5, value: 1, digits: 1 }, changed((value) => {
      state.factor = value;
    }));
  const answers = dlbook.choice("answer y", { 0: "(1, 0)", 1: "(0, 1)" },
    String(data.target.indexOf(1)), changed((value) => {
      state.target = [1 - value, Number(value)];
    }));

  function restart() {
    Object.assign(state, { step: 1, inputs: [...start.a[0]], target: [...data.target], factor: 1 });
    inputs.forEach((input, k) => input.set(state.inputs[k]));
    factors.set(1);
    answers.input.value = data.target.indexOf(1);
    // The sliders have rounded the inputs.
    state.inputs = [...start.a[0]];
    trace = start;
    stepper.set(1);
  }

  // A range keeps what it is given within its ends.
  const buttons = [
    dlbook.button("Back", () => stepper.set(state.step - 1)),
    dlbook.button("Next", () => stepper.set(state.step + 1)),
    dlbook.button("Start again", restart),
  ];
  place.append(html("div", { class: "bp-parts" }, drawing, html("div", { class: "bp-side" },
    html("div", { class: "live-controls" }, ...buttons, stepper), words,
    html("div", { class: "live-controls bp-numbers" }, ...inputs, factors, answers))));
  restart();
  return {
    // For tests: what is shown, and the controls.
    trace: () => trace,
    compute,
    go: stepper.set,
    set(values) {
      values.inputs.forEach((value, k) => inputs[k].set(value));
      factors.set(values.factor);
      answers.input.value = values.answer;
      answers.input.dispatchEvent(new Event("change"));
    },
  };
});
