// The map: known materials and asked ones, near each other where the model sees them alike.

import { post } from "./api.js";
import { $, h, lowered, s } from "./nodes.js";
import { state } from "./state.js";
import { number, percent, t } from "./texts.js";

const MOST = 300;
let drawn = null; // {found, told}: asked for once per answer

async function fetched() {
  if (drawn?.found !== state.found) {
    const strings = state.found.rows.map((row) => row.string).filter(Boolean).slice(0, MOST);
    const told = await post(`/api/models/${encodeURIComponent(state.served.name)}/map`, { strings });
    drawn = { found: state.found, told };
  }
  return drawn.told;
}

// Which of six steps a measured value falls into, by rank, so that one outlier does not pale the rest.
function steps(known) {
  const values = known.map((one) => one.label).filter((one) => typeof one === "number").sort((a, b) => a - b);
  if (values.length) {
    const edges = [1, 2, 3, 4, 5].map((i) => values[Math.floor((i * values.length) / 6)]);
    const names = [`≤ ${number(edges[0])}`, ...edges.slice(1).map((edge, i) => `${number(edges[i])} – ${number(edge)}`), `> ${number(edges[4])}`];
    return { of: (label) => edges.filter((edge) => label > edge).length, kind: "step", names };
  }
  const classes = [...new Set(known.map((one) => String(one.label)))].sort().slice(0, 6);
  return { of: (label) => Math.max(0, classes.indexOf(String(label))), kind: "series s", names: classes };
}

function box(points, width, height) {
  const [xs, ys] = ["x", "y"].map((name) => points.map((one) => one[name]));
  const scaled = (values, size, edge) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value) => edge + ((value - low) / (high - low || 1)) * (size - 2 * edge);
  };
  const [x, y] = [scaled(xs, width, 26), scaled(ys, height, 22)];
  return (one) => [x(one.x).toFixed(1), (height - y(one.y)).toFixed(1)];
}

// Where a name fits beside its mark without lying on another name; null where it does not.
function freePlace(text, x, y, width, taken) {
  const wide = 9 * text.length;
  const tries = [[x + 10, y + 4], [x - 10 - wide, y + 4], [x - wide / 2, y - 11], [x - wide / 2, y + 20]];
  const boxes = tries.map(([left, base]) => ({ left, top: base - 12, right: left + wide, bottom: base + 3, base }));
  const found = boxes.find((one) => one.left > 0 && one.right < width &&
    taken.every((other) => one.right < other.left || other.right < one.left || one.bottom < other.top || other.bottom < one.top));
  if (found) taken.push(found);
  return found ?? null;
}

function askedMark(one, place, width, taken) {
  const [x, y] = place(one).map(Number);
  const kind = one.in_domain === false ? "unlike" : "like";
  const shape = kind === "like" ? s("circle", { cx: x, cy: y, r: 6 }) : s("path", { d: `M${x} ${y - 8}l7.5 13h-15z` });
  const words = lowered(one.string, state.served.notation);
  const spot = taken ? freePlace(words, x, y, width, taken) : null;
  const name = spot ? s("text", { class: "name", x: spot.left, y: spot.base }, words) : null;
  return s("g", { class: `asked ${kind}` }, s("title", {}, one.string), shape, name);
}

function picture(told, width) {
  const height = Math.min(460, Math.max(300, width * 0.6));
  const place = box([...told.trained, ...told.known, ...told.asked], width, height);
  const colours = steps(told.known);
  const dot = (one, kind, r, ...inside) => {
    const [x, y] = place(one);
    return s("circle", { class: kind, cx: x, cy: y, r }, ...inside);
  };
  const trained = told.trained.map((one) => dot(one, "trained", 2.6));
  const known = told.known.map((one) => {
    const value = typeof one.label === "number" ? number(one.label) : one.label;
    return dot(one, `known ${colours.kind}${colours.of(one.label)}`, 3.8, s("title", {}, `${one.string}: ${value ?? "–"}`));
  });
  const taken = told.asked.length <= 40 ? [] : null;
  const asked = told.asked.map((one) => askedMark(one, place, width, taken));
  const label = t("map.label", { known: told.known.length, asked: told.asked.length });
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label }, ...trained, ...known, ...asked);
  const entries = colours.names.map((name, i) => h("li", {}, h("span", { class: `swatch ${colours.kind}${i}`, "aria-hidden": "true" }), name));
  const yours = h("li", {}, h("span", { class: "ring", "aria-hidden": "true" }), t("map.asked"));
  return [h("ul", { class: "legend" }, yours, ...entries), svg];
}

export async function drawMap() {
  const width = Math.max(300, Math.round($("picture").clientWidth));
  try {
    const told = await fetched();
    if (state.view !== "map") return;
    $("drawing").replaceChildren(...picture(told, width));
    $("caption").textContent = t("map.caption", { share: percent(told.share) });
  } catch (error) {
    $("drawing").replaceChildren();
    $("caption").textContent = (error.told ?? [String(error)]).join(" ");
  }
}
