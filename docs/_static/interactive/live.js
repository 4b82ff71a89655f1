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

  // A labeled slider; its value is written beside it. `change` gets the number, and `row.set(value)`
  // moves the slider as a hand would.
  slider(label, { min, max, step, value, digits = 2 }, change) {
    const output = dlbook.html("output", {}, dlbook.number(value, digits));
    const input = dlbook.html("input", {
      type: "range", min, max, step, value,
      input: () => {
        output.textContent = dlbook.number(Number(input.value), digits);
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
      const data = JSON.parse(mark.dataset.input);
      dlbook.figures[mark.dataset.live] = build(place, data);
      const holder = picture.closest("a.image-reference, picture") ?? picture;
      holder.replaceWith(place);
      mark.remove();
    }
  },
};

document.addEventListener("DOMContentLoaded", dlbook.start);
