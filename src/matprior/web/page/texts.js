// Words of the page in the chosen language, and numbers as that language writes them.

export const LANGUAGES = ["en", "ja"];
let words = {};
let spare = {};
let language = "en";

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // private windows may forbid it
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The choice then lasts until the page is closed.
  }
}

export function recalled(name, known, otherwise) {
  const value = remembered(name);
  return known.includes(value) ? value : otherwise;
}

async function read(name) {
  return (await fetch(`/page/${name}.json`)).json();
}

// Load a language and put it into everything that is marked.
export async function speak(name) {
  if (!Object.keys(spare).length) spare = await read("en");
  words = name === "en" ? spare : await read(name);
  language = name;
  document.documentElement.lang = name;
  translate(document);
}

export function spoken() {
  return language;
}

// Fill marked elements: data-text, data-label (for screen readers), data-hint (placeholder).
export function translate(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of root.querySelectorAll("[data-hint]")) node.setAttribute("placeholder", t(node.dataset.hint));
}

// The text of a key with {name} filled in.
export function t(key, values = {}) {
  const text = words[key] ?? spare[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export function has(key) {
  return key in words || key in spare;
}

// A count with separators.
export function count(n) {
  return new Intl.NumberFormat(language).format(n);
}

// A value with as many digits as its error allows: two of the error, or four in all.
export function number(value, error) {
  if (value === null || value === undefined) return "–";
  const size = error && error > 0 ? error : Math.abs(value) / 100;
  const digits = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(size || 1))));
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-5)) return value.toExponential(2);
  const format = { maximumFractionDigits: digits, minimumFractionDigits: digits };
  return new Intl.NumberFormat(language, format).format(value).replace("-", "−");
}

export function percent(share) {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

// Sentences one after the other; Japanese has no blank between them.
export function together(sentences) {
  return sentences.filter(Boolean).join(language === "ja" ? "" : " ");
}
