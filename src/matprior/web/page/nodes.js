// Elements without markup in strings: what a visitor sends is only ever text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// An HTML element: h("p", {class: "hint"}, "text", child, ...).
export function h(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

// An SVG element.
export function s(name, attributes, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

// The element of this id; a missing one is a fault of ours and should be seen at once.
export function $(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`no element #${id}`);
  return node;
}

// A formula with its amounts set low, as chemists write it; other strings as they are.
export function formula(text, notation) {
  if (notation !== "composition") return h("code", {}, text);
  const pieces = text.split(/(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)/);
  return h("span", { class: "formula" }, ...pieces.map((one, i) => (i % 2 ? h("sub", {}, one) : one)));
}

// The same for pictures, which have no <sub>: low digits of Unicode.
export function lowered(text, notation) {
  if (notation !== "composition") return text;
  return text.replace(/(?<=[A-Za-z)\]])\d+(?:\.\d+)?/g, (amount) => amount.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]));
}
