// Start of the page: language, colours, tabs, models.

import { get } from "./api.js";
import { $, h } from "./nodes.js";
import { fillModels, setUpAsking, tellModel } from "./asking.js";
import { setUpResults, showResults } from "./results.js";
import { state } from "./state.js";
import { LANGUAGES, recalled, remember, speak } from "./texts.js";
import { setUpTraining, showTraining } from "./training.js";
import { setUpWhy } from "./why.js";

const TABS = ["predict", "train"];

function choose(tab) {
  for (const name of TABS) {
    const button = $(`tab-${name}`);
    button.setAttribute("aria-selected", String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
    $(name).hidden = name !== tab;
  }
}

function setUpTabs() {
  for (const name of TABS) $(`tab-${name}`).addEventListener("click", () => choose(name));
  $("tab-predict").parentElement.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const shown = TABS.filter((name) => !$(`tab-${name}`).hidden);
    const now = shown.findIndex((name) => $(`tab-${name}`) === document.activeElement);
    const next = shown[(now + step + shown.length) % shown.length];
    choose(next);
    $(`tab-${next}`).focus();
  });
}

function setUpTheme() {
  const known = ["auto", "light", "dark"];
  const paint = (name) => {
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
  };
  const chosen = recalled("theme", known, "auto");
  $("theme").value = chosen;
  paint(chosen);
  $("theme").addEventListener("change", (event) => {
    remember("theme", event.target.value);
    paint(event.target.value);
  });
}

async function setUpLanguage() {
  const own = navigator.language.toLowerCase().startsWith("ja") ? "ja" : "en";
  const chosen = recalled("language", LANGUAGES, own);
  $("language").value = chosen;
  await speak(chosen);
  $("language").addEventListener("change", async (event) => {
    remember("language", event.target.value);
    await speak(event.target.value);
    tellModel();
    showTraining();
    showResults();
  });
}

// Serve a model that was just trained, and go back to asking.
export async function useModel(name) {
  state.models = await get("/api/models");
  fillModels(name);
  choose("predict");
  $("strings").focus();
}

async function start() {
  setUpTheme();
  setUpTabs();
  await setUpLanguage();
  [state.status, state.models] = await Promise.all([get("/api/status"), get("/api/models")]);
  $("version").replaceChildren(h("span", { class: "hint" }, `matprior ${state.status.version}`));
  fillModels();
  setUpAsking();
  setUpResults();
  setUpWhy();
  if (state.status.training) setUpTraining(useModel);
  else $("tab-train").hidden = true;
  document.documentElement.dataset.ready = "yes";
}

start();
