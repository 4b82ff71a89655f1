// Live figures: each script registers how to draw itself; the page says where and with what data.
// Classic scripts, not modules, so that they run from a folder too.
"use strict";

const dlbook = {
  builders: {},
  // The figures of this page, by name: what their builders return, for tests to look at.
  figures: {},

  // Register a figure: build(place, data) fills the element `place` and returns its functions.
  figure(name, build) {
    dlbook.builders[name] = build;
  },

  // Make an element of HTML. Attributes that are functions become listeners: { input: f }.
  html(tag, attributes = {}, ...children) {
    return dlbook.fill(document.createElement(tag), attributes, children);
  },

  svg(tag, attributes = {}, ...children) {
    return dlbook.fill(
      document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  },

  fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  },

  // A number in words: a true minus, and none before zero.
  number(value, digits = 2) {
    return (Number(value.toFixed(digits)) + 0).toFixed(digits).replace("-", "−");
  },

  // A labeled slider; its value is written beside it, by `text` if that is given. `change` gets the
  // number, and `row.set(value)` moves the slider as a hand would.
  slider(label, { min, max, step, value, digits = 2, text }, change) {
    const write = text ?? ((number) => dlbook.number(number, digits));
    const output = dlbook.html("output", {}, write(value));
    const input = dlbook.html("input", {
      type: "range", min, max, step, value,
      input: () => {
        output.textContent = write(Number(input.value));
        input.setAttribute("aria-valuetext", output.textContent);
        change(Number(input.value));
      },
    });
    const row = dlbook.html("label", { class: "live-slider" },
      dlbook.html("span", {}, label), input, output);
    row.input = input;
    row.set = (number) => {
      input.value = number;
      input.dispatchEvent(new Event("input"));
    };
    return row;
  },

  // A chart with axes: x and y are { range: [low, high], ticks: [numbers], name, text: number => words }.
  // Draw into `inner`, which is clipped, at (across(x), down(y)). If there is a `move(x, y)`, it
  // hears where a pointer is held.
  chart({ x, y, height, move }) {
    const [left, top, width, tall] = [46, 8, 286, height - 52];
    const across = (value) => (value - x.range[0]) / (x.range[1] - x.range[0]) * width;
    const down = (value) => (y.range[1] - value) / (y.range[1] - y.range[0]) * tall;
    const area = dlbook.svg("rect", { class: "live-area", width, height: tall });
    const inner = dlbook.svg("svg", { x: left, y: top, width, height: tall }, area);
    const drawing = dlbook.svg("svg", { viewBox: `0 0 340 ${height}`, role: "img" }, inner);
    const write = (text, place) => drawing.append(dlbook.svg("text", place, text));
    for (const tick of x.ticks) {
      write((x.text ?? String)(tick).replace("-", "−"),
        { x: left + across(tick), y: top + tall + 18, "text-anchor": "middle" });
    }
    for (const tick of y.ticks) {
      write((y.text ?? String)(tick).replace("-", "−"),
        { x: left - 6, y: top + down(tick) + 5, "text-anchor": "end" });
    }
    write(x.name, { x: left + width / 2, y: height - 6, "text-anchor": "middle" });
    write(y.name, {
      "text-anchor": "middle", transform: `translate(14 ${top + tall / 2}) rotate(-90)`,
    });
    if (move) {
      inner.classList.add("live-held");
      const tell = (event) => {
        const box = area.getBoundingClientRect();
        move(x.range[0] + (event.clientX - box.left) / box.width * (x.range[1] - x.range[0]),
          y.range[1] - (event.clientY - box.top) / box.height * (y.range[1] - y.range[0]));
      };
      inner.addEventListener("pointerdown", (event) => {
        inner.setPointerCapture(event.pointerId);
        tell(event);
      });
      inner.addEventListener("pointermove", (event) => {
        if (inner.hasPointerCapture(event.pointerId)) tell(event);
      });
    }
    return { drawing, inner, across, down };
  },

  // A labeled choice; `options` maps values to words.
  choice(label, options, value, change) {
    const select = dlbook.html("select", { change: () => change(select.value) },
      ...Object.entries(options).map(([key, words]) =>
        dlbook.html("option", { value: key, selected: key === value }, words)));
    const row = dlbook.html("label", { class: "live-choice" },
      dlbook.html("span", {}, label), select);
    row.input = select;
    return row;
  },

  button(label, press) {
    return dlbook.html("button", { type: "button", class: "live-button", click: press }, label);
  },

  // What the figures are drawn from, as JSON, by name: files of the site fill it. Large tensors come
  // as bytes; they become flat typed arrays with a shape.
  data: {},
  revive(key, value) {
    if (typeof value?.base64 !== "string") return value;
    const bytes = Uint8Array.from(atob(value.base64), (byte) => byte.charCodeAt(0));
    const numbers = value.type === "uint8" ? bytes : new Float32Array(bytes.buffer);
    return Object.assign(numbers, { shape: value.shape });
  },

  // Put every live figure of the page in the place of its still picture.
  start() {
    for (const mark of document.querySelectorAll("[data-live]")) {
      const still = document.getElementById(mark.dataset.still);
      const picture = still?.querySelector("img, svg");
      const build = dlbook.builders[mark.dataset.live];
      if (!picture || !build) throw Error(`no picture or no script for ${mark.dataset.live}`);
      const place = dlbook.html("div", {
        class: `live live-${mark.dataset.live}`, role: "group", "aria-label": picture.alt,
      });
      const data = JSON.parse(dlbook.data[mark.dataset.live], dlbook.revive);
      dlbook.figures[mark.dataset.live] = build(place, data);
      const holder = picture.closest("a.image-reference, picture") ?? picture;
      holder.replaceWith(place);
      mark.remove();
    }
  },
};

document.addEventListener("DOMContentLoaded", dlbook.start);
