// The REST API, and what went wrong in words of the visitor.

import { has, t } from "./texts.js";

export class Refused extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }

  // A sentence in the visitor's language, and the server's own where it says more.
  get told() {
    const key = `error.${this.code}`;
    return [has(key) ? t(key) : t("error.other"), this.message];
  }
}

async function asked(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused("unreachable", "");
  }
  if (answer.ok) return answer;
  let told = {};
  try {
    told = await answer.json();
  } catch {
    // Not from our routes: the status has to do.
  }
  throw new Refused(told.error ?? "other", told.message ?? `HTTP ${answer.status}`);
}

export async function get(path) {
  return (await asked(path)).json();
}

export async function remove(path) {
  return (await asked(path, { method: "DELETE" })).json();
}

function sent(body) {
  if (body instanceof FormData) return { method: "POST", body };
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

export async function post(path, body) {
  return (await asked(path, sent(body))).json();
}

// Fetch a file and hand it to the browser's downloads.
export async function download(path, body, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await (await asked(path, sent(body))).blob());
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function form(fields) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}
