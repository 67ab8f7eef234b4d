// What the parts of the page know together.

export const state = {
  status: null, // GET /api/status
  models: [], // GET /api/models
  asked: null, // {path, body, file}: what the shown predictions answer
  found: null, // the shown predictions
  served: null, // the model they are of
  target: 0,
  view: "bars",
};

export function chosenModel() {
  const name = document.getElementById("model").value;
  return state.models.find((one) => one.name === name) ?? null;
}

export function unitOf(served, target) {
  return served.targets[target]?.unit ?? "";
}

// "band_gap_eV" with unit eV is shown as "band gap".
export function plainName(target) {
  const tail = target.unit ? new RegExp(`[_ ]${target.unit.replace(/[^A-Za-z0-9]+/g, ".*")}$`, "i") : /$^/;
  return target.name.replace(tail, "").replaceAll("_", " ");
}

export function answerOf(row) {
  return row.answers[state.target] ?? null;
}

// What a table is sorted by and a picture shows: the value, or the likeliest class's probability.
export function sizeOf(row) {
  const answer = answerOf(row);
  if (!answer) return null;
  if (answer.probabilities) return Math.max(...Object.values(answer.probabilities));
  return answer.value ?? null;
}
