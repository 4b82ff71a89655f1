// The neuron of chapter 3: two inputs, their weights, a bias, and the plane of all inputs.
"use strict";

dlbook.figure("neuron", (place, { weights, bias, inputs, side }) => {
  const { html, svg, number } = dlbook;
  const activations = {
    sigmoid: (z) => 1 / (1 + Math.exp(-z)),
    threshold: (z) => (z > 0 ? 1 : 0),
  };
  const darkest = 0.5; // opacity where the output is 1
  const far = 8; // the sigmoid is flat beyond
  const start = {
    w1: weights[0], w2: weights[1], b: bias, x1: inputs[0], x2: inputs[1],
  };
  const state = { ...start, activation: "sigmoid" };

  // The controls move in tenths. Rounding keeps 0.1 · 3 - 0.3 at zero, where the threshold is.
  function compute() {
    const { w1, w2, b, x1, x2, activation } = state;
    const z = Math.round((w1 * x1 + w2 * x2 + b) * 1e9) / 1e9;
    return { z, a: activations[activation](z) };
  }

  // The neuron: lines as thick as the weights, dashed where negative.
  const edges = {
    w1: svg("line", { class: "weights", x1: 52, y1: 50, x2: 180, y2: 100 }),
    w2: svg("line", { class: "weights", x1: 52, y1: 150, x2: 180, y2: 100 }),
    b: svg("line", { class: "weights", x1: 180, y1: 26, x2: 180, y2: 100 }),
  };
  const glow = svg("circle", { class: "shade", cx: 300, cy: 100, r: 28 });
  const text = (x, y, words = "") => svg("text", { x, y, "text-anchor": "middle" }, words);
  const texts = {
    w1: text(122, 52), w2: text(122, 158), b: text(180, 18), x1: text(52, 55), x2: text(52, 155),
    z: text(180, 105), a: text(300, 105), activation: text(240, 92),
  };
  const circle = (name, cx, cy, r) => svg("circle", { class: `spot ${name}`, cx, cy, r });
  const diagram = svg("svg", { viewBox: "0 0 340 190", role: "img" },
    ...Object.values(edges),
    svg("line", { class: "edge", x1: 180, y1: 100, x2: 300, y2: 100 }),
    circle("data", 52, 50, 24), circle("data", 52, 150, 24), circle("", 180, 100, 30),
    circle("data", 300, 100, 28), glow,
    text(12, 55, "x₁"), text(12, 155, "x₂"), text(180, 148, "z"), text(300, 146, "a"),
    ...Object.values(texts));

  // The activation function, and where the neuron stands on it.
  const curve = dlbook.chart({
    x: { range: [-far, far], ticks: [-8, -4, 0, 4, 8], name: "weighted input z" },
    y: { range: [-0.1, 1.1], ticks: [0, 1], name: "output a" },
    height: 150,
  });
  const line = svg("path", { class: "data" });
  const mark = svg("circle", { class: "spot", r: 6 });
  curve.inner.append(line, mark);

  // The plane. Along the weights the output changes as along z, across them not at all: that is a
  // linear gradient from the place where z = -far to the place where z = far.
  const plane = dlbook.chart({
    x: { range: [-side, side], ticks: [-side, 0, side], name: "input x₁" },
    y: { range: [-side, side], ticks: [-side, 0, side], name: "input x₂" },
    height: 338,
    move(x1, x2) {
      sliders.x1.set(x1);
      sliders.x2.set(x2);
    },
  });
  const gradient = svg("linearGradient", {
    id: "live-neuron-gradient", gradientUnits: "userSpaceOnUse",
  });
  const shade = svg("rect", { class: "shade", width: "100%", height: "100%" });
  const border = svg("line", { class: "edge" });
  const arrow = svg("line", { class: "weights", "marker-end": "url(#live-neuron-head)" });
  const zero = svg("text", { "text-anchor": "middle" }, "z = 0");
  const point = svg("circle", { class: "spot", r: 8 });
  plane.inner.append(
    svg("marker", {
      id: "live-neuron-head", viewBox: "0 0 10 10", refX: 8, refY: 5, markerWidth: 6,
      markerHeight: 6, orient: "auto",
    }, svg("path", { class: "head", d: "M0 0 10 5 0 10z" })),
    gradient, shade, border, arrow, zero, point);

  function drawPlane(a) {
    const { w1, w2, b, x1, x2, activation } = state;
    const square = w1 ** 2 + w2 ** 2;
    const put = (element, from, to) => dlbook.fill(element, {
      x1: plane.across(from[0]), y1: plane.down(from[1]),
      x2: plane.across(to[0]), y2: plane.down(to[1]),
    }, []);
    for (const element of [border, arrow, zero]) {
      element.setAttribute("visibility", square ? "visible" : "hidden");
    }
    dlbook.fill(point, { cx: plane.across(x1), cy: plane.down(x2) }, []);
    // Without weights, the output is the same everywhere.
    shade.style.fill = square ? "url(#live-neuron-gradient)" : "";
    shade.setAttribute("fill-opacity", square ? 1 : darkest * a);
    if (!square) return;
    const at = (z) => [(z - b) * w1 / square, (z - b) * w2 / square];
    put(gradient, at(-far), at(far));
    const stops = activation === "sigmoid"
      ? Array.from({ length: 4 * far + 1 }, (_, i) => [i / 2 - far, activations.sigmoid(i / 2 - far)])
      : [[0, 0], [0, 1]];
    gradient.replaceChildren(...stops.map(([z, output]) => svg("stop", {
      class: "shade", offset: (z + far) / (2 * far), "stop-opacity": darkest * output,
    })));
    const foot = at(0);
    const turn = 4 * side / Math.sqrt(square);
    put(border, [foot[0] - turn * w2, foot[1] + turn * w1],
      [foot[0] + turn * w2, foot[1] - turn * w1]);
    put(arrow, foot, [foot[0] + w1, foot[1] + w2]);
    const behind = 0.4 / Math.sqrt(square);
    dlbook.fill(zero, {
      x: plane.across(foot[0] - behind * w1), y: plane.down(foot[1] - behind * w2) + 5,
    }, []);
  }

  function drawNeuron(z, a) {
    for (const [name, edge] of Object.entries(edges)) {
      edge.style.strokeWidth = 1 + 1.5 * Math.abs(state[name]);
      edge.setAttribute("stroke-dasharray", state[name] < 0 ? "7 5" : "none");
    }
    const signs = { w1: "w₁ = ", w2: "w₂ = ", b: "b = ", x1: "", x2: "" };
    for (const [name, sign] of Object.entries(signs)) {
      texts[name].textContent = sign + number(state[name], 1);
    }
    texts.z.textContent = number(z);
    texts.a.textContent = number(a);
    texts.activation.textContent = state.activation === "sigmoid" ? "σ" : "> 0?";
    glow.setAttribute("fill-opacity", darkest * a);
    const steps = Array.from({ length: 201 }, (_, i) => (i / 100 - 1) * far);
    const corners = state.activation === "sigmoid" ? steps.map((v) => [v, activations.sigmoid(v)])
      : [[-far, 0], [0, 0], [0, 1], [far, 1]];
    line.setAttribute("d", `M${corners.map(([v, output]) =>
      `${curve.across(v)} ${curve.down(output)}`).join("L")}`);
    dlbook.fill(mark, {
      cx: curve.across(Math.max(-far, Math.min(far, z))), cy: curve.down(a),
    }, []);
  }

  const words = html("p", { class: "live-words", "aria-live": "polite" });

  function draw() {
    const { z, a } = compute();
    drawNeuron(z, a);
    drawPlane(a);
    const { w1, w2, b, x1, x2, activation } = state;
    const factor = (value) => (value < 0 ? `(${number(value, 1)})` : number(value, 1));
    const sum = `z = ${number(w1, 1)} · ${factor(x1)} + ${factor(w2)} · ${factor(x2)} + `
      + `${factor(b)} = ${number(z)}`;
    const verdict = activation === "threshold" ? (a ? "It fires." : "It is silent.")
      : Math.abs(z) < 0.5 ? "It is undecided." : Math.abs(z) > 4 ? "It is saturated." : "";
    const output = activation === "threshold" ? `a = ${a}` : `a = σ(z) = ${number(a, 4)}`;
    words.textContent = `${sum}, and ${output}. ${verdict}`;
    diagram.setAttribute("aria-label",
      `A neuron with the inputs ${number(x1, 1)} and ${number(x2, 1)}. ${words.textContent}`);
    curve.drawing.setAttribute("aria-label",
      `The ${activation} function; the neuron stands at z = ${number(z)}, a = ${number(a)}.`);
    plane.drawing.setAttribute("aria-label",
      `The plane of inputs, shaded by the output. The line z = 0 is ${number(w1, 1)} x₁ + `
      + `${factor(w2)} x₂ + ${factor(b)} = 0. The input is (${number(x1, 1)}, ${number(x2, 1)}).`);
  }

  const slider = (label, name, range) => dlbook.slider(
    label, { min: -range, max: range, step: 0.1, value: state[name], digits: 1 },
    (value) => {
      state[name] = value;
      draw();
    });
  const sliders = {
    w1: slider("weight w₁", "w1", 4),
    w2: slider("weight w₂", "w2", 4),
    b: slider("bias b", "b", 4),
    x1: slider("input x₁", "x1", side),
    x2: slider("input x₂", "x2", side),
  };
  const choice = dlbook.choice("activation", { sigmoid: "sigmoid", threshold: "threshold" },
    state.activation, (value) => {
      state.activation = value;
      draw();
    });
  const again = dlbook.button("Start again", () => {
    for (const [name, value] of Object.entries(start)) sliders[name].set(value);
  });
  place.append(
    html("div", { class: "live-pair" }, html("div", {}, diagram, curve.drawing), plane.drawing),
    words, html("div", { class: "live-controls" }, ...Object.values(sliders), choice, again));
  draw();
  return {
    // For tests: move the sliders and say what is drawn.
    set(values) {
      for (const [name, value] of Object.entries(values)) sliders[name].set(value);
      return compute();
    },
    compute,
  };
});
