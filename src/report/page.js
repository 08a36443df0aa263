// The reader's choice, and what follows it: numbers, charts, pictures and the conditions in the questions.

const form = document.getElementById("filters");
const figures = [...document.querySelectorAll("[data-chart]")];
const cells = [...document.querySelectorAll("[data-figure]")];

/** The values that are chosen, by dimension. */
function chosen() {
  const choices = [...form.querySelectorAll("select")].map((select) => [select.name, select.value]);
  return Object.fromEntries(choices.filter(([, value]) => value !== ""));
}

/** What a cell is of. */
function pins(cell) {
  const names = Object.keys(cube.dimensions).filter((name) => name in cell.dataset);
  return Object.fromEntries(names.map((name) => [name, cell.dataset[name]]));
}

function count(choice) {
  const rows = select(facts, choice);
  for (const cell of cells) {
    const value = measure(cell.dataset.figure, select(rows, pins(cell)));
    cell.dataset.value = value === null ? "" : String(value);
    cell.textContent = written(value, cell.dataset.unit);
  }
  const found = (name) => written(measure(name, rows), "count");
  const words = Object.entries(choice).map(([name, value]) => `${name} ${value}`);
  document.getElementById("shown").textContent =
    `${found("slices")} slices of ${found("patients")} patients: ${words.join(", ") || "the whole snapshot"}`;
}

/** The conditions that the choice adds to the questions in SQL. */
function ask(choice) {
  const conditions = Object.entries(choice).map(
    ([name, value]) => `${cube.dimensions[name].sql} = '${value.replaceAll("'", "''")}'`,
  );
  for (const place of document.querySelectorAll("[data-condition]")) {
    place.textContent = conditions.length ? ` ${place.dataset.condition} ${conditions.join(" AND ")}` : "";
  }
}

function showPictures(choice) {
  for (const picture of document.querySelectorAll(".previews figure")) {
    picture.hidden = Object.entries(choice).some(([name, value]) => picture.dataset[name] !== value);
  }
}

function drawAll() {
  const counted = form.elements.counted.value;
  figures.forEach((figure) => draw(figure, counted));
}

function follow() {
  const choice = chosen();
  count(choice);
  ask(choice);
  showPictures(choice);
  drawAll();
}

/** On paper nothing can be opened, and paper is white. */
function paper(printing) {
  document.documentElement.classList.toggle("on-paper", printing);
  figures.forEach((figure) => (figure.querySelector("details").open = printing));
  drawAll();
}

form.addEventListener("change", follow);
form.addEventListener("submit", (event) => event.preventDefault());
// The event comes before the fields have their first values again.
form.addEventListener("reset", () => setTimeout(follow));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
addEventListener("beforeprint", () => paper(true));
addEventListener("afterprint", () => paper(false));

form.hidden = false;
figures.forEach((figure) => (figure.querySelector("details").open = false));
follow();
