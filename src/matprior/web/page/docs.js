// The list of routes, made from openapi.json; nothing is loaded from elsewhere.

import { $, h } from "./nodes.js";

let known = {};

function resolved(schema) {
  return schema?.$ref ? known[schema.$ref.split("/").pop()] : schema;
}

function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(kind).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") return `${kind(schema.items)}[]`;
  if (schema.additionalProperties) return `{name: ${kind(schema.additionalProperties)}}`;
  return schema.format === "binary" || schema.contentMediaType ? "file" : (schema.type ?? "any");
}

function fields(schema) {
  const whole = resolved(schema);
  if (!whole?.properties) return null;
  const needed = new Set(whole.required ?? []);
  const rows = Object.entries(whole.properties).map(([name, one]) =>
    h("tr", {}, h("th", { scope: "row" }, h("code", {}, name)), h("td", {}, kind(one)),
      h("td", {}, needed.has(name) ? "required" : `default ${JSON.stringify(one.default ?? null)}`),
      h("td", { class: "soft" }, one.description ?? "")));
  const heads = ["field", "type", "", "meaning"].map((one) => h("th", { scope: "col" }, one));
  return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)));
}

function route(path, method, about) {
  const body = Object.entries(about.requestBody?.content ?? {})[0];
  const parts = [h("h2", {}, h("span", { class: "method" }, method.toUpperCase()), " ", h("code", {}, path)), h("p", {}, about.description ?? about.summary ?? "")];
  if (body) parts.push(h("p", { class: "hint" }, `Body: ${body[0]}`), fields(body[1].schema));
  const good = Object.entries(about.responses).find(([status]) => status.startsWith("2"));
  const [type, content] = Object.entries(good?.[1].content ?? {}).find(([, one]) => Object.keys(one.schema ?? {}).length) ?? Object.entries(good?.[1].content ?? {}).at(-1) ?? [];
  if (type) parts.push(h("p", { class: "hint" }, `Answer: ${type}${content.schema ? `, ${kind(content.schema)}` : ""}`));
  return h("section", { class: "route" }, ...parts.filter(Boolean));
}

function schemas() {
  const shown = Object.entries(known).filter(([name]) => name.endsWith("Out") || name === "ErrorOfModel");
  return shown.map(([name, one]) => h("section", { class: "route" }, h("h2", {}, name), h("p", {}, one.description ?? ""), fields(one)));
}

const api = await (await fetch("/api/openapi.json")).json();
known = api.components.schemas;
$("about").textContent = api.info.description;
const example = `curl ${location.origin}/api/models\ncurl ${location.origin}/api/models/NAME/predict \\\n  -H 'Content-Type: application/json' -d '{"strings": ["Fe2O3", "NaCl"]}'`;
$("routes").append(h("section", { class: "route" }, h("pre", {}, h("code", {}, example))));
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, about] of Object.entries(methods)) $("routes").append(route(path, method, about));
}
$("routes").append(...schemas());
