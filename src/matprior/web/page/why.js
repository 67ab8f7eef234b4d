// Why: contributions, nearest known materials and what-ifs of one string, in a dialog.

import { post } from "./api.js";
import { $, formula, h, s } from "./nodes.js";
import { answerOf, plainName, state, unitOf } from "./state.js";
import { number, t } from "./texts.js";

const ROW = 26;

function contributions(told) {
  if (!told.parts.length) return [];
  const width = Math.max(280, Math.min(640, $("why-body").clientWidth || 520));
  const most = Math.max(...told.parts.map((one) => Math.abs(one.contribution))) || 1;
  const [left, right] = [60, 92];
  const middle = left + (width - left - right) / 2;
  const reach = (width - left - right) / 2;
  const rows = told.parts.map((one, i) => {
    const y = ROW * i + 4;
    const size = Math.max(1, (Math.abs(one.contribution) / most) * reach);
    const up = one.contribution >= 0;
    const signed = (up ? "+" : "") + number(one.contribution, most / 10);
    return s("g", {},
      s("text", { class: "name", x: left - 12, y: y + 15, "text-anchor": "end" }, one.part),
      s("rect", { class: up ? "up" : "down", x: up ? middle : middle - size, y, width: size, height: ROW - 8, rx: 3 }),
      s("text", { class: "tick", x: width - right + 10, y: y + 15 }, signed));
  });
  const height = ROW * told.parts.length + 8;
  const listed = told.parts.map((one) => `${one.part} ${number(one.contribution, most / 10)}`).join(", ");
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": listed },
    s("path", { class: "grid strong", d: `M${middle} 0V${height}` }), ...rows);
  const unit = told.unit ? ` (${told.unit})` : "";
  const target = state.served.targets[state.target];
  const what = told.what === target.name ? plainName(target) : told.what;
  const words = t("why.adds", { what: what + unit, hidden: number(told.hidden, most / 10) });
  return [h("h3", {}, t("why.parts")), svg, h("p", { class: "hint" }, words)];
}

function table(title, heads, rows) {
  if (!rows.length) return [];
  const head = h("tr", {}, ...heads.map(([name, kind]) => h("th", { scope: "col", class: kind }, name)));
  return [h("h3", {}, title), h("div", { class: "scroll" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)))];
}

function nearest(told, served, unit) {
  const rows = told.nearest.map((one) =>
    h("tr", {}, h("th", { scope: "row" }, formula(one.string, served.notation)),
      h("td", { class: "number" }, typeof one.label === "number" ? `${number(one.label)} ${unit}` : (one.label ?? "–")),
      h("td", { class: "number soft" }, number(one.distance, 0.02))));
  return table(t("why.nearest"), [[t("col.material"), ""], [t("why.measured"), "number"], [t("why.distance"), "number"]], rows);
}

function changes(told, served) {
  const rows = told.what_ifs.map((one) => {
    const up = (one.difference ?? 0) >= 0;
    const sign = one.in_domain === false ? h("span", { class: "mark unlike", title: t("domain.unlike.long") }, "▲") : null;
    return h("tr", {}, h("th", { scope: "row" }, formula(one.string, served.notation), " ", sign), h("td", { class: "soft" }, one.change),
      h("td", { class: "number" }, number(one.after, Math.abs(one.difference ?? 0) / 5)),
      h("td", { class: `number ${up ? "more" : "less"}` }, (up ? "+" : "") + number(one.difference, Math.abs(one.difference ?? 0) / 5)));
  });
  return table(t("why.changes"), [[t("col.material"), ""], [t("why.change"), ""], [t("why.after"), "number"], [t("why.difference"), "number"]], rows);
}

// What stands under the name: the prediction, and a warning where it promises nothing.
function headline(row, served) {
  const answer = answerOf(row);
  const unit = unitOf(served, state.target);
  const name = plainName(served.targets[state.target]);
  const value = answer.label ?? `${number(answer.value, answer.std)} ± ${number(answer.std, answer.std)} ${unit}`;
  const told = [h("p", { class: "lead" }, `${name}: `, h("strong", {}, value))];
  if (row.in_domain === false) told.push(h("p", { class: "notice bad" }, t("domain.unlike.long")));
  return told;
}

// Sentences of the server; those known to the page come in the visitor's language.
function note(text) {
  return h("p", { class: "notice" }, text.startsWith("Contributions need captum") ? t("why.captum") : text);
}

export async function openWhy(row) {
  const served = state.served;
  $("why-title").replaceChildren(formula(row.string, served.notation));
  $("why-body").replaceChildren(...headline(row, served), h("p", { class: "hint" }, t("why.busy")));
  $("why").showModal();
  try {
    const told = await post(`/api/models/${encodeURIComponent(served.name)}/explain`, { string: row.string, target: state.target });
    const unit = unitOf(served, state.target);
    $("why-body").replaceChildren(...headline(row, served), ...contributions(told), ...nearest(told, served, unit), ...changes(told, served), ...told.notes.map(note));
  } catch (error) {
    $("why-body").replaceChildren(...headline(row, served), h("p", { class: "notice bad" }, (error.told ?? [String(error)]).join(" ")));
  }
}

export function setUpWhy() {
  $("why-close").addEventListener("click", () => $("why").close());
  $("why").addEventListener("click", (event) => {
    if (event.target === $("why")) $("why").close(); // the dark around it
  });
}
