// The picture of predictions: a dot with its error bar each, or the shares of classes.

import { $, h, lowered, s } from "./nodes.js";
import { answerOf, plainName, sizeOf, state, unitOf } from "./state.js";
import { count, number, percent, t, together } from "./texts.js";
import { openWhy } from "./why.js";

const MOST = 40;
const ROW = 24;
const TOP = 6;

// About n round steps between two numbers.
export function ticks(low, high, n) {
  const rough = (high - low) / Math.max(1, n);
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) found.push(Math.abs(at) < step / 1e6 ? 0 : at);
  return { found, step };
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// The rows that are drawn: all, or the highest.
function chosen() {
  const readable = state.found.rows.filter((row) => sizeOf(row) !== null);
  if (readable.length <= MOST) return [readable, readable.length];
  const best = [...readable].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, MOST);
  return [best, readable.length];
}

function span(rows) {
  const values = rows.flatMap((row) => {
    const one = answerOf(row);
    return [one.value, one.low, one.high].filter((value) => value !== null && value !== undefined);
  });
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const edge = (high - low || Math.abs(high) || 1) * 0.04;
  return [low - edge, high + edge];
}

// A mark that opens the explanation: with the mouse, or with the keyboard.
function openable(group, row) {
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "button");
  group.addEventListener("click", () => openWhy(row));
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    openWhy(row);
  });
  return group;
}

function axis(scale, low, high, bottom, unit, width, left) {
  const { found, step } = ticks(low, high, Math.max(3, (width - left) / 95));
  const lines = found.map((at) => s("path", { class: "grid", d: `M${scale(at)} ${TOP}V${bottom}` }));
  const words = found.map((at) => s("text", { class: "tick", x: scale(at), y: bottom + 16, "text-anchor": "middle" }, number(at, step * 1.5)));
  const name = s("text", { class: "axis", x: (left + width) / 2, y: bottom + 36, "text-anchor": "middle" }, unit);
  return [...lines, ...words, name];
}

function bar(row, y, scale, unit, left) {
  const one = answerOf(row);
  const kind = row.in_domain === false ? "unlike" : "like";
  const told = t("bars.says", { what: row.string, value: number(one.value, one.std), low: number(one.low, one.std), high: number(one.high, one.std), unit });
  const parts = [s("title", {}, told), s("rect", { class: "hit", x: 0, y: y - ROW / 2, width: scale.end, height: ROW })];
  if (one.low !== null && one.high !== null) {
    parts.push(s("path", { class: "range", d: `M${scale(one.low)} ${y}H${scale(one.high)}` }));
    parts.push(s("path", { class: "range cap", d: `M${scale(one.low)} ${y - 4}v8M${scale(one.high)} ${y - 4}v8` }));
  }
  const x = scale(one.value);
  parts.push(kind === "like" ? s("circle", { cx: x, cy: y, r: 5 }) : s("path", { d: `M${x} ${y - 6.5}l6 11h-12z` }));
  parts.push(s("text", { class: "name", x: left - 10, y: y + 4.5, "text-anchor": "end" }, lowered(cut(row.string, scale.letters), state.served.notation)));
  return openable(s("g", { class: `bar ${kind}`, "aria-label": told }, ...parts), row);
}

function stack(row, y, scale, classes, left) {
  const shares = answerOf(row).probabilities;
  const listed = classes.map((name) => `${name} ${percent(shares[name] ?? 0)}`).join(", ");
  const told = `${row.string}: ${listed}`;
  const parts = [s("title", {}, told), s("rect", { class: "hit", x: 0, y: y - ROW / 2, width: scale.end, height: ROW })];
  let from = 0;
  classes.forEach((name, i) => {
    const share = shares[name] ?? 0;
    parts.push(s("rect", { class: `series s${i % 6}`, x: scale(from), y: y - 7, width: Math.max(0, scale(from + share) - scale(from) - 1), height: 14 }));
    from += share;
  });
  const sign = row.in_domain === false ? "▲ " : "";
  parts.push(s("text", { class: "name", x: left - 10, y: y + 4.5, "text-anchor": "end" }, sign + lowered(cut(row.string, scale.letters), state.served.notation)));
  return openable(s("g", { class: "bar", "aria-label": told }, ...parts), row);
}

function legend(names) {
  return h("ul", { class: "legend" }, ...names.map(([kind, name]) => h("li", {}, h("span", { class: kind, "aria-hidden": "true" }), name)));
}

export function drawBars() {
  const [rows, all] = chosen();
  const width = Math.max(300, Math.round($("picture").clientWidth));
  const longest = Math.max(4, ...rows.map((row) => row.string.length));
  const left = Math.min(8.2 * longest + 22, 200, width * 0.34);
  const numbers = state.served.kind === "regression";
  const classes = numbers ? [] : Object.keys(rows[0] ? answerOf(rows[0]).probabilities : {});
  if (!rows.length) {
    $("drawing").replaceChildren();
    $("caption").textContent = t("bars.none");
    return;
  }
  const [low, high] = numbers ? span(rows) : [0, 1];
  const scale = (value) => left + ((value - low) / (high - low)) * (width - left - 14);
  scale.end = width;
  scale.letters = Math.floor(left / 7.6);
  const bottom = TOP + rows.length * ROW + 6;
  const unit = unitOf(state.served, state.target);
  const target = plainName(state.served.targets[state.target]);
  const label = numbers ? (unit ? `${target} (${unit})` : target) : t("col.probability");
  const marks = rows.map((row, i) => {
    const y = TOP + ROW * (i + 0.5) + 3;
    return numbers ? bar(row, y, scale, unit, left) : stack(row, y, scale, classes, left);
  });
  const svg = s("svg", { viewBox: `0 0 ${width} ${bottom + 44}`, width, height: bottom + 44, role: "group", "aria-label": t("bars.label", { what: target, n: count(rows.length) }) },
    ...axis(scale, low, high, bottom, label, width, left), ...marks);
  const entries = numbers ? [["dot like", t("domain.like")], ["dot unlike", t("domain.unlike")]] : classes.map((name, i) => [`swatch s${i % 6}`, name]);
  $("drawing").replaceChildren(legend(entries), svg);
  const cutOff = all > rows.length ? t("bars.cut", { n: count(rows.length), all: count(all) }) : "";
  $("caption").textContent = together([t(numbers ? "bars.caption" : "bars.shares", { share: percent(state.found.coverage) }), cutOff]);
}
