"use strict";
// The numbers of measure.rs, over those rows of the facts that meet the reader's choice.

const cube = JSON.parse(document.getElementById("facts").textContent);

// The rows of one patient, and of one scan, are neighbours.
const facts = cube.patient.map((patient, row) => {
  const places = {};
  for (const [name, axis] of Object.entries(cube.dimensions)) {
    places[name] = axis.places[row];
  }
  return {
    patient,
    scan: cube.scan[row],
    age: cube.age[row],
    slices: cube.slices[row],
    images: cube.images[row],
    places,
  };
});

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const ratio = (part, whole) => (whole > 0 ? part / whole : null);

/** The first row of each run of rows with the same `key`. */
function firsts(rows, key) {
  return rows.filter((row, at) => at === 0 || row[key] !== rows[at - 1][key]);
}

const patients = (rows) => firsts(rows, "patient").length;

/** The slices of each scan. */
function scans(rows) {
  const sizes = [];
  rows.forEach((row, at) => {
    if (at > 0 && row.scan === rows[at - 1].scan) {
      sizes[sizes.length - 1] += row.slices;
    } else {
      sizes.push(row.slices);
    }
  });
  return sizes;
}

function median(numbers) {
  if (numbers.length === 0) {
    return null;
  }
  const sorted = [...numbers].sort((a, b) => a - b);
  const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return (sorted[low] + sorted[high]) / 2;
}

/** What part of the patients has a value in a dimension that is not `Unknown`. */
function known(rows, dimension) {
  const unknown = cube.dimensions[dimension].values.indexOf("Unknown");
  const rest = rows.filter((row) => row.places[dimension] !== unknown);
  return ratio(patients(rest), patients(rows));
}

const least = (numbers) => (numbers.length ? numbers.reduce((a, b) => Math.min(a, b)) : null);
const most = (numbers) => (numbers.length ? numbers.reduce((a, b) => Math.max(a, b)) : null);
const slices = (rows) => sum(rows.map((row) => row.slices));

const measures = {
  "slices": slices,
  "patients": patients,
  "scans": (rows) => scans(rows).length,
  "slices-per-patient": (rows) => ratio(slices(rows), patients(rows)),
  "slices-per-scan": (rows) => ratio(slices(rows), scans(rows).length),
  "image-completeness": (rows) => ratio(sum(rows.map((row) => row.images)), slices(rows)),
  "median-age": (rows) => median(firsts(rows, "patient").map((row) => row.age).filter((age) => age !== null)),
  "sex-known": (rows) => known(rows, "sex"),
  "age-known": (rows) => known(rows, "age"),
  "country-known": (rows) => known(rows, "country"),
  "fewest-slices": (rows) => least(scans(rows)),
  "median-slices": (rows) => median(scans(rows)),
  "most-slices": (rows) => most(scans(rows)),
};

/** The rows that have these values: `{country: "China"}`. */
function select(rows, values) {
  const places = Object.entries(values).map(([name, value]) => [name, cube.dimensions[name].values.indexOf(value)]);
  return rows.filter((row) => places.every(([name, place]) => row.places[name] === place));
}

/** A measure over rows, of which those without slices are patients without images. */
function measure(name, rows) {
  if (name === "patients-without-images") {
    return patients(rows.filter((row) => row.slices === 0));
  }
  return measures[name](rows.filter((row) => row.slices > 0));
}

/** A number as number.rs writes it. */
function written(number, unit) {
  if (number === null) {
    return "–";
  }
  if (unit === "share") {
    return `${(Math.round(number * 1000) / 10).toFixed(1)} %`;
  }
  return (Math.round(number * 10) / 10).toLocaleString("en-US");
}
