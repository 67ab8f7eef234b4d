// Predictions as a table, with the picture above it and the download beside it.

import { download } from "./api.js";
import { drawBars } from "./chart.js";
import { drawMap } from "./map.js";
import { $, formula, h } from "./nodes.js";
import { answerOf, plainName, sizeOf, state, unitOf } from "./state.js";
import { count, number, percent, t, together } from "./texts.js";
import { openWhy } from "./why.js";

const PAGE = 50;
let shown = PAGE;
let order = { column: "row", down: false };

// A message beside the form; kind: bad, good or busy.
export function say(kind, ...sentences) {
  const lines = sentences.filter(Boolean).map((one, i) => h(i ? "small" : "span", {}, one));
  $("message").replaceChildren(h("div", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : null }, ...lines));
}

export function clearMessage() {
  $("message").replaceChildren();
}

function sorted(rows) {
  const value = { row: (one) => one.row, string: (one) => one.string ?? "", value: sizeOf }[order.column];
  const sign = order.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (typeof x === "string" ? x.localeCompare(y) : x - y) || a.row - b.row;
  });
}

function head(name, column, kind) {
  const label = { class: kind || null, scope: "col" };
  if (!column) return h("th", label, name);
  const mine = order.column === column;
  const arrow = mine ? (order.down ? " ↓" : " ↑") : "";
  const sort = mine ? (order.down ? "descending" : "ascending") : null;
  const turn = () => {
    order = { column, down: mine ? !order.down : column === "value" };
    showTable();
    document.querySelector(`[data-sort="${column}"]`)?.focus();
  };
  return h("th", { ...label, "aria-sort": sort }, h("button", { type: "button", "data-sort": column, onclick: turn }, name + arrow));
}

function valueCells(answer, unit) {
  if (answer.label !== undefined && answer.label !== null) {
    const p = answer.probabilities?.[answer.label] ?? answer.probabilities?.["1"];
    return [h("td", {}, h("strong", {}, answer.label)), h("td", { class: "number" }, p === undefined ? "–" : percent(p))];
  }
  const bar = answer.std === null ? "" : ` ± ${number(answer.std, answer.std)}`;
  const value = h("td", { class: "number" }, h("strong", {}, number(answer.value, answer.std)), h("span", { class: "soft" }, `${bar} ${unit}`));
  const range = `${number(answer.low, answer.std)} … ${number(answer.high, answer.std)}`;
  return [value, h("td", { class: "number soft wide" }, range)];
}

function domainMark(row) {
  if (row.in_domain === null) return h("span", { class: "soft" }, "–");
  const [kind, sign] = row.in_domain ? ["like", "●"] : ["unlike", "▲"];
  return h("span", { class: `mark ${kind}`, title: t(`domain.${kind}.long`) }, sign, h("span", { class: "word" }, ` ${t(`domain.${kind}`)}`));
}

function line(row, unit) {
  const number_ = h("td", { class: "number soft wide" }, count(row.row));
  if (row.string === null) {
    const fix = row.suggestion ? ` ${t("row.meant", { what: row.suggestion })}` : "";
    return h("tr", { class: "bad" }, number_, h("th", { scope: "row" }, h("code", {}, row.given || t("row.empty"))),
      h("td", { colspan: 4 }, `${t("row.unreadable")} `, h("span", { class: "soft" }, `${row.problem}.${fix}`)));
  }
  const given = row.given.trim() === row.string ? null : h("span", { class: "given" }, t("row.given", { what: row.given }));
  const notes = row.notes.length ? h("span", { class: "given" }, row.notes.join("; ")) : null;
  const why = h("button", { type: "button", class: "quiet", "aria-label": t("row.why", { what: row.string }), onclick: () => openWhy(row) }, t("row.why.short"));
  return h("tr", {}, number_, h("th", { scope: "row" }, formula(row.string, state.served.notation), given, notes),
    ...valueCells(answerOf(row), unit), h("td", {}, domainMark(row)), h("td", {}, why));
}

function showTable() {
  const unit = unitOf(state.served, state.target);
  const target = state.served.targets[state.target];
  const regression = state.served.kind === "regression";
  const range = regression ? t("col.range", { share: percent(state.found.coverage) }) : t("col.probability");
  const heads = h("tr", {}, head(t("col.row"), "row", "number wide"), head(t("col.material"), "string"),
    head(plainName(target), "value", regression ? "number" : ""), head(range, null, regression ? "number wide" : "number"), h("th", { scope: "col" }, h("span", { class: "word" }, t("col.domain"))),
    h("th", { scope: "col" }, h("span", { class: "unseen" }, t("col.why"))));
  const rows = sorted(state.found.rows).slice(0, shown);
  $("table").replaceChildren(h("caption", { class: "unseen" }, t("answers.table")), h("thead", {}, heads), h("tbody", {}, ...rows.map((row) => line(row, unit))));
  const left = state.found.rows.length - rows.length;
  $("more").hidden = left <= 0;
  $("more").textContent = t("answers.more", { n: count(Math.min(left, PAGE * 4)), left: count(left) });
}

function summarise() {
  const n = state.found.rows.length - state.found.n_problems;
  const told = [t("sum.predicted", { n: count(n) })];
  if (state.found.n_problems) told.push(t("sum.problems", { n: count(state.found.n_problems) }));
  if (state.found.n_unlike) told.push(t("sum.unlike", { n: count(state.found.n_unlike) }));
  $("summary").textContent = together(told);
}

function draw() {
  for (const view of ["bars", "map"]) $(`view-${view}`).setAttribute("aria-pressed", String(view === state.view));
  (state.view === "map" ? drawMap : drawBars)();
}

// Show what was found; `fresh` for new answers, otherwise the same in other words.
export function showResults(fresh = false) {
  if (!state.found) return;
  if (fresh) {
    shown = PAGE;
    order = { column: "row", down: false };
  }
  $("empty").hidden = true;
  $("found").hidden = false;
  $("target-choice").hidden = state.served.targets.length < 2;
  $("target").replaceChildren(...state.served.targets.map((one, i) => h("option", { value: i }, plainName(one))));
  $("target").value = String(state.target);
  $("reading").hidden = state.found.notes.length === 0;
  $("notes").replaceChildren(...state.found.notes.map((one) => h("li", {}, one)));
  $("view-map").hidden = !state.served.map;
  if (!state.served.map) state.view = "bars";
  summarise();
  showTable();
  draw();
  if (fresh && window.matchMedia("(max-width: 60rem)").matches) $("answers").scrollIntoView({ block: "start" });
}

export function setUpResults() {
  $("more").addEventListener("click", () => {
    shown += PAGE * 4;
    showTable();
  });
  $("download").addEventListener("click", async () => {
    try {
      await download(state.asked.csv, state.asked.body(), "predictions.csv");
      say("good", t("answers.downloaded"));
    } catch (error) {
      say("bad", ...(error.told ?? [String(error)]));
    }
  });
  $("target").addEventListener("change", (event) => {
    state.target = Number(event.target.value);
    showResults();
  });
  for (const view of ["bars", "map"]) {
    $(`view-${view}`).addEventListener("click", () => {
      state.view = view;
      draw();
    });
  }
  let width = 0;
  new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (now !== width && state.found && now > 0) {
      width = now;
      draw();
    }
  }).observe($("picture"));
}
