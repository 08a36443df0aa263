"use strict";
// The numbers of measure.rs, over the strata that meet the reader's choice.

const cube = JSON.parse(document.getElementById("facts").textContent);

/** A flat list in pieces of equal length: the last number of each is a count, the others its key. */
function pieces(flat, length) {
  const found = [];
  for (let at = 0; at < flat.length; at += length) {
    found.push(flat.slice(at, at + length));
  }
  return found;
}

/** Strata, and for each age the number of patients. */
cube.patients = cube.patients.map(([strata, flat]) => [strata, pieces(flat, 2)]);
/** Strata, and for the slices in each of them the number of scans. */
cube.scans = cube.scans.map(([strata, flat]) => [
  strata,
  pieces(flat, strata.length + 1).map((piece) => [piece.slice(0, -1), piece.at(-1)]),
]);

/** The order of a stratum's values: that of the dimensions that can be filtered. */
const FILTERS = ["country", "sex", "diagnosis", "split", "source"];
const UNKNOWN = "Unknown";

const values = (dimension) => cube.dimensions[dimension].values;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const ratio = (part, whole) => (whole > 0 ? part / whole : null);

/** What is counted: some strata and, of patients, perhaps those of one age band. */
const all = { strata: (cube.strata ?? []).map(() => true), band: undefined };

/** What of a selection has one of these values: `{country: ["China", "Iran"]}`. */
function select(selection, choice) {
  let { strata, band } = selection;
  for (const [name, chosen] of Object.entries(choice)) {
    const places = chosen.map((value) => values(name).indexOf(value));
    if (name === "age") {
      [band] = places;
    } else {
      const at = FILTERS.indexOf(name);
      strata = strata.map((selected, stratum) => selected && places.includes(cube.strata[stratum][0][at]));
    }
  }
  return { strata, band };
}

const bandOf = (age) => (age === null ? values("age").indexOf(UNKNOWN) : cube.bands[age]);

/** Number of patients by age. */
function ages(selection) {
  const found = new Map();
  for (const [strata, patients] of cube.patients) {
    if (strata.some((stratum) => selection.strata[stratum])) {
      for (const [age, count] of patients) {
        if (selection.band === undefined || selection.band === bandOf(age)) {
          found.set(age, (found.get(age) ?? 0) + count);
        }
      }
    }
  }
  return found;
}

const times = (counts) => sum([...counts.values()]);
const patients = (selection) => times(ages(selection));

function knownAges(selection) {
  const found = ages(selection);
  found.delete(null);
  return found;
}

/** Number of scans by the slices that are selected of them. */
function scans(selection) {
  const found = new Map();
  for (const [strata, sizes] of cube.scans) {
    if (strata.some((stratum) => selection.strata[stratum])) {
      for (const [slices, count] of sizes) {
        const size = sum(slices.filter((_, at) => selection.strata[strata[at]]));
        found.set(size, (found.get(size) ?? 0) + count);
      }
    }
  }
  return found;
}

/** The median of numbers that occur so many times. */
function median(counts) {
  const count = times(counts);
  if (count === 0) {
    return null;
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const number = (place) => {
    let before = 0;
    return sorted.find(([, often]) => (before += often) > place)[0];
  };
  return (number(Math.floor((count - 1) / 2)) + number(Math.floor(count / 2))) / 2;
}

/** A sum over strata, of slices, images or patients without images. */
const total = (selection, at) => sum(cube.strata.map(([, counts], stratum) => (selection.strata[stratum] ? counts[at] : 0)));
const slices = (selection) => total(selection, 0);

/** What of a selection has a known value. */
const known = (selection, dimension) => select(selection, { [dimension]: values(dimension).filter((value) => value !== UNKNOWN) });

/** A selection divided by a dimension, without values of which no slice is selected. */
function divided(selection, dimension) {
  const parts = values(dimension).map((value) => [value, select(selection, { [dimension]: [value] })]);
  return parts.filter(([, part]) => slices(part) > 0);
}

const singleClass = (selection) =>
  divided(selection, "source")
    .map(([, source]) => source)
    .filter((source) => divided(source, "diagnosis").length === 1);

const least = (numbers) => (numbers.length ? numbers.reduce((a, b) => Math.min(a, b)) : null);
const most = (numbers) => (numbers.length ? numbers.reduce((a, b) => Math.max(a, b)) : null);
const range = (numbers) => (numbers.length ? most(numbers) - least(numbers) : null);

/** The largest difference between the splits' shares of a class. */
function balanceGap(selection) {
  const splits = divided(selection, "split").map(([, split]) => split);
  const share = (split, value) => ratio(slices(select(split, { diagnosis: [value] })), slices(split));
  const gaps = values("diagnosis").map((value) => range(splits.map((split) => share(split, value))));
  return most(gaps.filter((gap) => gap !== null));
}

function sharedPatients(selection) {
  const at = FILTERS.indexOf("split");
  const shared = cube.patients.filter(([strata]) => {
    const splits = strata.filter((stratum) => selection.strata[stratum]).map((stratum) => cube.strata[stratum][0][at]);
    return new Set(splits).size > 1;
  });
  return sum(shared.flatMap(([, counts]) => counts.map(([, count]) => count)));
}

/** The known value that most patients have, and how many: of several, the first one by its letters. */
function mostFrequent(selection, dimension) {
  let found = [null, 0];
  for (const [value, part] of divided(selection, dimension)) {
    const count = patients(part);
    if (value !== UNKNOWN && (count > found[1] || (count === found[1] && value < found[0]))) {
      found = [value, count];
    }
  }
  return found;
}

const measures = {
  "slices": slices,
  "patients": patients,
  "scans": (selection) => times(scans(selection)),
  "slices-per-patient": (selection) => ratio(slices(selection), patients(selection)),
  "slices-per-scan": (selection) => ratio(slices(selection), times(scans(selection))),
  "image-completeness": (selection) => ratio(total(selection, 1), slices(selection)),
  "patients-without-images": (selection) => total(selection, 2),
  "median-age": (selection) => median(knownAges(selection)),
  "sex-known": (selection) => ratio(patients(known(selection, "sex")), patients(selection)),
  "age-known": (selection) => ratio(times(knownAges(selection)), patients(selection)),
  "country-known": (selection) => ratio(patients(known(selection, "country")), patients(selection)),
  "fewest-slices": (selection) => least([...scans(selection).keys()]),
  "median-slices": (selection) => median(scans(selection)),
  "most-slices": (selection) => most([...scans(selection).keys()]),
  "splits": (selection) => divided(selection, "split").length,
  "balance-gap": balanceGap,
  "sources": (selection) => divided(selection, "source").length,
  "single-class-sources": (selection) => singleClass(selection).length,
  "single-class-share": (selection) => ratio(sum(singleClass(selection).map(slices)), slices(selection)),
  "shared-patients": sharedPatients,
  "fully-described": (selection) => ratio(times(knownAges(known(known(selection, "sex"), "country"))), patients(selection)),
  "median-age-gap": (selection) =>
    range(divided(selection, "diagnosis").map(([, part]) => median(knownAges(part))).filter((age) => age !== null)),
  "most-of-diagnosis": (selection) => mostFrequent(selection, "diagnosis")[1],
  "most-of-country": (selection) => mostFrequent(selection, "country")[1],
};

/** A number as number.rs writes it. */
function written(number, unit) {
  if (number === null) {
    return "–";
  }
  const perMille = (Math.round(number * 1000) / 10).toFixed(1);
  if (unit === "share") {
    return `${perMille} %`;
  }
  if (unit === "points") {
    return `${perMille} percentage points`;
  }
  return (Math.round(number * 10) / 10).toLocaleString("en-US");
}
