// A quick model from a table: look, choose, train, watch, use.

import { form, get, post, remove } from "./api.js";
import { dropZone } from "./asking.js";
import { $, h } from "./nodes.js";
import { state } from "./state.js";
import { count, t } from "./texts.js";

const EVERY = 500;
const LEARNED = ["regression", "binary", "multiclass"];
let file = null;
let table = null; // POST /api/tables
let job = null; // GET /api/jobs/{id}
let trouble = null; // sentences of the last refusal
let use = () => {};

function message() {
  if (!trouble) return null;
  return h("div", { class: "notice bad", role: "alert" }, ...trouble.filter(Boolean).map((one, i) => h(i ? "small" : "span", {}, one)));
}

function picker() {
  const input = h("input", { type: "file", id: "train-file", class: "hidden-input", accept: ".csv,.tsv,.txt,.xlsx", onchange: (event) => look(event.target.files[0]) });
  const zone = h("div", { class: "drop big" },
    h("p", {}, h("strong", {}, file ? file.name : t("train.drop"))),
    h("p", { class: "hint" }, t("train.limits", { rows: count(state.status.limits.training_rows), mb: state.status.limits.upload_mb })),
    h("label", { class: "button", for: "train-file" }, t("train.file")), input);
  dropZone(zone, look);
  return zone;
}

function columnChoice() {
  const learned = table.columns.filter((one) => LEARNED.includes(one.kind));
  const rows = learned.map((one, i) =>
    h("tr", {},
      h("td", {}, h("input", { type: "radio", name: "target", value: one.name, id: `target-${i}`, checked: i === 0, required: true })),
      h("th", { scope: "row" }, h("label", { for: `target-${i}` }, one.name)),
      h("td", {}, t(`kind.${one.kind}`)),
      h("td", { class: "soft" }, one.examples.join(", "))));
  if (!rows.length) return h("p", { class: "notice bad" }, t("train.nothing"));
  const heads = ["train.column", "train.kind", "train.examples"].map((key) => h("th", { scope: "col" }, t(key)));
  return h("fieldset", {}, h("legend", {}, t("train.target")),
    h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "unseen" }, t("train.choice"))), ...heads)), h("tbody", {}, ...rows))));
}

function options() {
  const names = table.columns.map((one) => h("option", { value: one.name, selected: one.name === table.strings }, one.name));
  const methods = ["full", "extract"].map((one) => h("option", { value: one }, t(`method.${one}`)));
  return [
    h("div", { class: "fields" },
      h("div", { class: "field" }, h("label", { for: "train-strings" }, t("train.strings")), h("select", { id: "train-strings" }, ...names)),
      h("div", { class: "field" }, h("label", { for: "train-title" }, t("train.title")), h("input", { id: "train-title", maxlength: 80, value: file.name.replace(/\.\w+$/, "") })),
      h("div", { class: "field" }, h("label", { for: "train-method" }, t("train.method")), h("select", { id: "train-method" }, ...methods))),
    h("button", { type: "submit", class: "main" }, t("train.go")),
  ];
}

function progress() {
  const running = job.state === "running";
  const share = job.total ? { value: job.done, max: job.total } : {};
  const steps = job.total ? t("train.steps", { done: count(job.done), total: count(job.total) }) : t("train.begins");
  const parts = [h("h2", {}, job.title), h("p", { class: `notice ${{ done: "good", failed: "bad" }[job.state] ?? ""}` }, t(`job.${job.state}`, { seconds: count(Math.round(job.seconds)) }))];
  if (running) parts.push(h("label", { for: "train-bar" }, steps), h("progress", { id: "train-bar", ...share }));
  if (running) parts.push(h("button", { type: "button", class: "button", id: "train-stop", onclick: stop }, t("train.stop")));
  if (job.message) parts.push(h("p", { class: "hint" }, job.message));
  if (job.state === "done") parts.push(h("button", { type: "button", class: "main", id: "train-use", onclick: () => use(job.model) }, t("train.use")));
  if (!running) parts.push(h("button", { type: "button", class: "quiet", onclick: again }, t("train.again")));
  return h("div", { class: "card" }, ...parts);
}

export function showTraining() {
  if (!state.status?.training) return;
  const spoken = h("p", { class: "unseen", role: "status" }, job && job.state !== "running" ? t(`job.${job.state}`, { seconds: Math.round(job.seconds) }) : "");
  if (job) {
    const held = document.activeElement?.id;
    $("train").replaceChildren(progress(), spoken);
    if (held) document.getElementById(held)?.focus(); // drawing anew takes the focus away
    return;
  }
  const body = [h("h2", {}, t("train.heading")), h("p", {}, t("train.about")), message(), picker()];
  if (table) body.push(h("p", { class: "hint" }, t("train.rows", { n: count(table.rows), strings: table.strings, notation: t(`notation.${table.notation}`) })), columnChoice());
  if (table?.columns.some((one) => LEARNED.includes(one.kind))) body.push(...options());
  $("train").replaceChildren(h("form", { class: "card", onsubmit: begin }, ...body.filter(Boolean)), spoken);
}

async function look(chosen) {
  if (!chosen) return;
  [file, table, trouble] = [chosen, null, null];
  try {
    table = await post("/api/tables", form({ file }));
  } catch (error) {
    trouble = error.told ?? [String(error)];
  }
  showTraining();
}

async function begin(event) {
  event.preventDefault();
  const target = document.querySelector("input[name=target]:checked").value;
  const fields = { file, target, strings: $("train-strings").value, title: $("train-title").value, method: $("train-method").value };
  try {
    job = await post("/api/jobs", form(fields));
    trouble = null;
    setTimeout(watch, EVERY);
  } catch (error) {
    trouble = error.told ?? [String(error)];
  }
  showTraining();
}

async function watch() {
  if (!job || job.state !== "running") return;
  try {
    job = await get(`/api/jobs/${job.id}`);
  } catch (error) {
    if (error.code !== "unreachable") [job, trouble] = [null, error.told];
  }
  showTraining();
  setTimeout(watch, EVERY);
}

async function stop() {
  try {
    await remove(`/api/jobs/${job.id}`);
  } catch (error) {
    trouble = error.told ?? [String(error)];
  }
}

function again() {
  [job, table, file] = [null, null, null];
  showTraining();
}

export function setUpTraining(useModel) {
  use = useModel;
  showTraining();
}
