// The form: a model, strings or a table, and the question.

import { form, get, post, remove } from "./api.js";
import { $, h } from "./nodes.js";
import { clearMessage, say, showResults } from "./results.js";
import { chosenModel, plainName, state, unitOf } from "./state.js";
import { count, number, percent, t, together } from "./texts.js";

let table = null; // the chosen File; strings in the field count when there is none

export function fillModels(chosen) {
  const options = state.models.map((one) => h("option", { value: one.name }, one.title));
  $("model").replaceChildren(...options);
  if (chosen) $("model").value = chosen;
  tellModel();
}

// What is known of the chosen model, in a sentence or two.
export function tellModel() {
  const served = chosenModel();
  if (!served) return;
  const names = served.targets.map((one) => plainName(one) + (one.unit ? ` (${one.unit})` : ""));
  const told = [t("model.predicts", { what: names.join(", ") })];
  if (served.n_training_rows) told.push(t("model.rows", { n: count(served.n_training_rows) }));
  if (served.error?.metric === "MAE") {
    const value = number(served.error.value, served.error.value);
    const unit = unitOf(served, 0);
    told.push(t("model.mae", { value: unit ? `${value} ${unit}` : value, n: count(served.error.n) }));
  } else if (served.error) {
    told.push(t("model.wrong", { value: percent(served.error.value), n: count(served.error.n) }));
  }
  $("model-facts").textContent = together(told);
  $("forget").hidden = !served.trained_here;
  $("strings-hint").textContent = t(`hint.${served.notation}`);
  $("strings").placeholder = served.examples.slice(0, 3).join("\n");
  fillExtra(served);
}

function fillExtra(served) {
  const fields = served.extra.map((name, i) =>
    h("div", { class: "field short" },
      h("label", { for: `extra-${i}` }, name),
      h("input", { id: `extra-${i}`, type: "number", step: "any", "data-extra": name, inputmode: "decimal" })),
  );
  $("extra").replaceChildren(...fields);
}

function chooseTable(file) {
  table = file;
  $("file-name").textContent = file ? file.name : t("ask.drop");
  $("file-name").classList.toggle("chosen", Boolean(file));
  $("file-away").hidden = !file;
  $("strings").disabled = Boolean(file);
  if (!file) $("file").value = "";
}

// Lines with commas, semicolons or tabs are a table, pasted from a spreadsheet.
function pastedTable(text) {
  const first = text.trim().split("\n")[0] ?? "";
  return /[\t;]|,(?!\d)/.test(first) ? new File([text], "pasted.csv", { type: "text/csv" }) : null;
}

function question(served) {
  const coverage = Number($("coverage").value);
  const text = $("strings").value;
  const file = table ?? pastedTable(text);
  const path = `/api/models/${encodeURIComponent(served.name)}`;
  if (file) return { path: `${path}/table`, csv: `${path}/table.csv`, body: () => form({ file, coverage }) };
  const strings = text.split("\n").map((one) => one.trim()).filter(Boolean);
  const extra = {};
  for (const input of $("extra").querySelectorAll("input")) {
    if (input.value !== "") extra[input.dataset.extra] = Number(input.value);
  }
  return { path: `${path}/predict`, csv: `${path}/predict.csv`, body: () => ({ strings, coverage, extra }), n: strings.length };
}

async function ask(event) {
  event.preventDefault();
  const served = chosenModel();
  const asked = question(served);
  if (asked.n === 0) {
    say("bad", t("error.nothing"));
    $("strings").focus();
    return;
  }
  $("go").disabled = true;
  say("busy", t("ask.busy"));
  try {
    const found = await post(asked.path, asked.body());
    Object.assign(state, { asked, found, served, target: 0 });
    clearMessage();
    showResults(true);
  } catch (error) {
    say("bad", ...(error.told ?? [String(error)]));
  } finally {
    $("go").disabled = false;
  }
}

async function forget() {
  const served = chosenModel();
  if (!window.confirm(t("ask.sure", { name: served.title }))) return;
  try {
    await remove(`/api/models/${encodeURIComponent(served.name)}`);
    state.models = await get("/api/models");
    fillModels();
  } catch (error) {
    say("bad", ...(error.told ?? [String(error)]));
  }
}

// Let files be dropped on an element.
export function dropZone(node, take) {
  const stop = (event) => {
    event.preventDefault();
    node.classList.toggle("over", event.type === "dragover");
  };
  node.addEventListener("dragover", stop);
  node.addEventListener("dragleave", stop);
  node.addEventListener("drop", (event) => {
    stop(event);
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
}

export function setUpAsking() {
  $("model").addEventListener("change", tellModel);
  $("forget").addEventListener("click", forget);
  $("examples").addEventListener("click", () => {
    chooseTable(null);
    $("strings").value = chosenModel().examples.join("\n");
    $("strings").focus();
  });
  $("file").addEventListener("change", (event) => chooseTable(event.target.files[0] ?? null));
  $("file-away").addEventListener("click", () => {
    chooseTable(null);
    $("file").focus();
  });
  $("strings").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("ask").requestSubmit();
  });
  dropZone($("drop"), chooseTable);
  $("ask").addEventListener("submit", ask);
}
