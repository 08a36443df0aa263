// The reader's choice, and what follows it: numbers, sentences, charts, pictures, the conditions in the queries and the address.

const form = document.getElementById("filters");
const figures = [...document.querySelectorAll("[data-chart]")];
const cells = [...document.querySelectorAll("[data-figure]")];
const boxes = form ? [...form.querySelectorAll("input[type=checkbox]")] : [];

/** The values that are chosen, by dimension: `{country: ["China", "Iran"]}`. */
function chosen() {
  const choice = {};
  for (const box of boxes.filter((each) => each.checked)) {
    (choice[box.name] ??= []).push(box.value);
  }
  return choice;
}

const listed = (values) => (values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`);
const described = (choice) =>
  Object.entries(choice)
    .map(([name, chosen]) => `${name} ${listed(chosen)}`)
    .join("; ");

/** What a cell is of. */
function pins(cell) {
  const names = Object.keys(cube.dimensions).filter((name) => name in cell.dataset);
  return Object.fromEntries(names.map((name) => [name, [cell.dataset[name]]]));
}

function count(selection) {
  const parts = new Map();
  const part = (of) => {
    const key = JSON.stringify(of);
    if (!parts.has(key)) {
      parts.set(key, select(selection, of));
    }
    return parts.get(key);
  };
  for (const cell of cells) {
    const value = measures[cell.dataset.figure](part(pins(cell)));
    cell.dataset.value = value === null ? "" : String(value);
    cell.textContent = written(value, cell.dataset.unit);
  }
  for (const name of document.querySelectorAll("[data-most]")) {
    name.textContent = mostFrequent(selection, name.dataset.most)[0] ?? "–";
  }
}

/** Shows the first variant of each sentence whose condition holds; the last one has none. */
function word(selection) {
  for (const sentence of document.querySelectorAll(".sentence")) {
    const variants = [...sentence.children];
    const shown = variants.find(({ dataset: { measure, below } }) => {
      const value = measure === undefined ? null : measures[measure](selection);
      return measure === undefined || (value !== null && value < Number(below));
    });
    variants.forEach((variant) => (variant.hidden = variant !== shown));
  }
}

/** Says what is selected, and says so where it is nothing. */
function announce(choice, selection) {
  const found = (name) => written(measures[name](selection), "count");
  const words = described(choice) || "the whole snapshot";
  const none = slices(selection) === 0;
  const without = measures["patients-without-images"](selection);
  document.body.classList.toggle("nothing-selected", none);
  document.getElementById("nothing").hidden = !none;
  document.getElementById("nothing-text").textContent = none
    ? `No slice meets the filters (${words}). ${without > 0 ? `${found("patients-without-images")} patients without images do. ` : ""}Take a value away, or show all.`
    : "";
  document.getElementById("shown").textContent = none
    ? `Nothing is selected: no slice meets the filters (${words})`
    : `${found("slices")} slices of ${found("patients")} patients: ${words}`;
  for (const filter of form.querySelectorAll(".filter")) {
    const chosenHere = choice[filter.dataset.dimension] ?? [];
    filter.querySelector(".chosen").textContent = chosenHere.length > 2 ? `${chosenHere.length} values` : chosenHere.join(", ") || "all";
    filter.classList.toggle("set", chosenHere.length > 0);
  }
}

const quoted = (value) => `'${value.replaceAll("'", "''")}'`;

/** A condition in SQL: one of the values. */
function condition(name, chosen) {
  const { sql, values: known, others } = cube.dimensions[name];
  const among = (list) => (list.length === 1 ? `= ${quoted(list[0])}` : `IN (${list.map(quoted).join(", ")})`);
  if (others === null || !chosen.includes(others)) {
    return `${sql} ${among(chosen)}`;
  }
  // The others are all values that are neither listed nor chosen by name.
  const excluded = known.filter((value) => !chosen.includes(value));
  return excluded.length ? `${sql} NOT IN (${excluded.map(quoted).join(", ")})` : `${sql} IS NOT NULL`;
}

/** The conditions that the choice adds to the queries in SQL. */
function ask(choice) {
  const conditions = Object.entries(choice).map(([name, chosen]) => condition(name, chosen));
  for (const place of document.querySelectorAll("[data-condition]")) {
    place.textContent = conditions.length ? ` ${place.dataset.condition} ${conditions.join(" AND ")}` : "";
  }
}

function showPictures(choice) {
  const pictures = [...document.querySelectorAll(".previews figure")];
  for (const picture of pictures) {
    picture.hidden = Object.entries(choice).some(([name, chosen]) => !chosen.includes(picture.dataset[name]));
  }
  const note = document.getElementById("no-pictures");
  if (note) {
    note.hidden = pictures.some((picture) => !picture.hidden);
  }
}

const drawAll = () => figures.forEach(draw);

/** The choice as the part of the address behind `#`: it can be kept and passed on. */
const fragment = (choice) => new URLSearchParams(Object.entries(choice).flatMap(([name, chosen]) => chosen.map((value) => [name, value]))).toString();

function follow() {
  const choice = chosen();
  const selection = select(all, choice);
  count(selection);
  word(selection);
  announce(choice, selection);
  ask(choice);
  showPictures(choice);
  drawAll();
}

/** Sets the filters to what the address says; an address that names a place on the page leaves them. */
function readAddress() {
  const text = location.hash.slice(1);
  if (text === "" || text.includes("=")) {
    const wanted = new URLSearchParams(text);
    for (const box of boxes) {
      box.checked = wanted.getAll(box.name).includes(box.value);
    }
  }
  follow();
}

function changed() {
  history.replaceState(null, "", `#${fragment(chosen())}`);
  follow();
}

/** Shows a picture as large as the window allows. */
function enlarge(button) {
  const dialog = document.getElementById("enlarged");
  const frame = document.createElement("div");
  frame.className = "picture";
  frame.append(...[...button.children].map((child) => child.cloneNode(true)));
  frame.querySelector("img").alt = "";
  const caption = document.createElement("p");
  caption.append(...[...button.parentElement.querySelector("figcaption").childNodes].map((child) => child.cloneNode(true)));
  dialog.querySelector(".enlarged").replaceChildren(frame, caption);
  dialog.showModal();
}

/** On paper nothing can be opened, and paper is white. */
function paper(printing) {
  document.documentElement.classList.toggle("on-paper", printing);
  document.querySelectorAll("details.numbers").forEach((details) => (details.open = printing));
  drawAll();
}

document.querySelectorAll("details.numbers").forEach((details) => (details.open = false));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
SMALL_SCREEN.addEventListener("change", drawAll);
addEventListener("beforeprint", () => paper(true));
addEventListener("afterprint", () => paper(false));
for (const button of document.querySelectorAll("button.picture")) {
  button.addEventListener("click", () => enlarge(button));
}
if (form) {
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The event comes before the fields have their first values again.
  form.addEventListener("reset", () => setTimeout(changed));
  addEventListener("hashchange", readAddress);
  // A filter closes where the reader goes on elsewhere.
  document.addEventListener("click", (event) => closeFilters(event.target));
  document.addEventListener("focusin", (event) => closeFilters(event.target));
  form.addEventListener("keydown", (event) => {
    const filter = event.target.closest(".filter[open]");
    if (event.key === "Escape" && filter) {
      filter.open = false;
      filter.querySelector("summary").focus();
    }
  });
  form.hidden = false;
  readAddress();
} else {
  drawAll();
}

function closeFilters(target) {
  for (const filter of form.querySelectorAll(".filter[open]")) {
    filter.open = filter.contains(target);
  }
}
