// Draws a chart from its table with Plotly.

/** Rows that a chart of stacked bars shows at most, and the part of the longest bar below which a bar can't be seen. */
const MOST_ROWS = 10;
const LEAST_PART = 0.01;
const SMALL_SCREEN = matchMedia("(max-width: 40rem)");

/** A colour of style.css, as it is in the light, in the dark or on paper. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Plotly reads `<b>` and the like in its texts: names are shown as they are. */
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A row's name beside its bar: on a phone in two lines if it is long. */
function label(name) {
  const at = SMALL_SCREEN.matches && name.length > 12 ? name.indexOf(" ", 5) : -1;
  return at < 0 ? plain(name) : `${plain(name.slice(0, at))}<br>${plain(name.slice(at + 1))}`;
}

const attribute = (name, value) => `[data-${name}="${CSS.escape(value)}"]`;
const number = (cell) => (cell.dataset.value === "" ? null : Number(cell.dataset.value));

/** The colour of a class: no other thing has one of these. */
const ofClass = (value) => colour(value.toLowerCase());

/** The rows of a table that are groups, without those of which nothing is selected. */
function groups(figure, measure) {
  const rows = [...figure.querySelectorAll("tr[data-group]")].map((row) => ({
    name: row.dataset.group,
    cell: (name, rest = "") => row.querySelector(`[data-figure="${name}"]${rest}`),
  }));
  return rows.filter((row) => number(row.cell(measure)) > 0);
}

/** The rows whose bars can be seen; says how many are left out. */
function greatest(figure, measure) {
  const rows = groups(figure, measure);
  const count = (row) => number(row.cell(measure));
  const sorted = [...rows].sort((a, b) => count(b) - count(a));
  const kept = new Set(sorted.filter((row, at) => at < MOST_ROWS && count(row) >= count(sorted[0]) * LEAST_PART));
  const rest = sorted.filter((row) => !kept.has(row));
  const note = figure.querySelector(".rest");
  note.hidden = rest.length === 0;
  note.textContent = rest.length
    ? `Too small to draw: ${rest.length} more (${rest.slice(0, 3).map((row) => `${row.name} ${row.cell(measure).textContent}`).join(", ")}${rest.length > 3 ? ", …" : ""}). The table has all.`
    : "";
  return rows.filter((row) => kept.has(row));
}

/** A bar a row for one series, with the texts inside where they fit. */
function bars(rows, name, cells, tone, texts, tips) {
  return {
    type: "bar",
    orientation: "h",
    name: plain(name),
    meta: name,
    y: rows.map((row) => label(row.name)),
    x: cells.map(number),
    text: texts,
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    textfont: { color: colour(tone.text ?? "on-dark") },
    hovertext: tips,
    hovertemplate: "%{hovertext}<extra></extra>",
    marker: { color: tone.fill, line: { color: colour("paper"), width: 1 } },
  };
}

/** Texts behind the ends of bars. */
function ends(rows, x, texts) {
  return {
    type: "scatter",
    mode: "text",
    y: rows.map((row) => label(row.name)),
    x,
    text: texts.map((text) => ` ${plain(text)}`),
    textposition: "middle right",
    textfont: { color: colour("ink") },
    cliponaxis: false,
    hoverinfo: "skip",
    showlegend: false,
  };
}

const percent = (part, whole) => written(ratio(part, whole), "share");
const classes = (value) => ({ fill: ofClass(value) });
/** An axis without ticks: the numbers are on the bars. */
const bare = (range) => ({ visible: false, range });

const drawings = {
  bars(figure) {
    const rows = groups(figure, "patients");
    const cells = rows.map((row) => row.cell("patients"));
    const tones = { fill: rows.map((row) => ofClass(row.name)) };
    const tips = rows.map((row, at) => `${plain(row.name)}: ${cells[at].textContent} patients`);
    const trace = { ...bars(rows, "patients", cells, tones, [], tips), showlegend: false };
    const whole = number(figure.querySelector("tr:not([data-group]) [data-figure=patients]"));
    const texts = cells.map((cell) => `${cell.textContent} (${percent(number(cell), whole)})`);
    const longest = most(cells.map(number));
    return { rows, traces: [trace, ends(rows, trace.x, texts)], axis: bare([0, longest]) };
  },

  stack(figure) {
    const rows = greatest(figure, "patients");
    const traces = values("diagnosis").map((value) => {
      const cells = rows.map((row) => row.cell("patients", attribute("diagnosis", value)));
      const texts = cells.map((cell) => (number(cell) > 0 ? cell.textContent : ""));
      const tips = rows.map((row, at) => `${plain(row.name)}, ${plain(value)}: ${cells[at].textContent} patients`);
      return bars(rows, value, cells, classes(value), texts, tips);
    });
    const lengths = rows.map((_, at) => sum(traces.map((trace) => trace.x[at])));
    const texts = rows.map((row) => row.cell("patients").textContent);
    return { rows, traces: [...traces, ends(rows, lengths, texts)], stacked: true, axis: bare([0, most(lengths)]) };
  },

  share(figure) {
    const rows = groups(figure, "slices");
    const traces = values("diagnosis").map((value) => {
      const cells = rows.map((row) => row.cell("slices", attribute("diagnosis", value)));
      const shares = cells.map((cell, at) => percent(number(cell), number(rows[at].cell("slices"))));
      const tips = rows.map((row, at) => `${plain(row.name)}, ${plain(value)}: ${cells[at].textContent} slices (${shares[at]})`);
      const trace = bars(rows, value, cells, classes(value), shares.map((share, at) => (number(cells[at]) > 0 ? share : "")), tips);
      return { ...trace, customdata: trace.x, x: trace.x.map((count, at) => (count / number(rows[at].cell("slices"))) * 100) };
    });
    const texts = rows.map((row) => row.cell("slices").textContent + (SMALL_SCREEN.matches ? "" : " slices"));
    return { rows, traces: [...traces, ends(rows, rows.map(() => 100), texts)], stacked: true, axis: bare([0, 100]) };
  },

  columns(figure) {
    const bands = [...figure.querySelectorAll("tr[data-group]")];
    const count = (row, value) => number(row.querySelector(attribute("diagnosis", value)));
    const wholes = new Map(values("diagnosis").map((value) => [value, sum(bands.map((row) => count(row, value)))]));
    const shown = values("diagnosis").filter((value) => wholes.get(value) > 0);
    const rows = shown.map((name) => ({ name }));
    const traces = bands.map((row, at) => {
      const cells = shown.map((value) => row.querySelector(attribute("diagnosis", value)));
      const name = row.dataset.group;
      const band = name === UNKNOWN ? "unknown" : `band-${at}`;
      const shares = cells.map((cell, place) => percent(number(cell), wholes.get(shown[place])));
      const tips = cells.map((cell, place) => `${plain(shown[place])}, ${plain(name)}: ${cell.textContent} patients (${shares[place]})`);
      const tone = { fill: colour(band), text: `on-${band}` };
      const texts = shares.map((share, place) => (number(cells[place]) > 0 ? share : ""));
      const trace = bars(rows, name, cells, tone, texts, tips);
      return { ...trace, customdata: trace.x, x: trace.x.map((part, place) => (part / wholes.get(shown[place])) * 100) };
    });
    const texts = shown.map((value) => written(wholes.get(value), "count") + (SMALL_SCREEN.matches ? "" : " patients"));
    return { rows, traces: [...traces, ends(rows, rows.map(() => 100), texts)], stacked: true, axis: bare([0, 100]) };
  },

  range(figure) {
    const rows = groups(figure, "scans");
    const column = (name) => rows.map((row) => number(row.cell(name)));
    const [low, middle, high] = ["fewest-slices", "median-slices", "most-slices"].map(column);
    const texts = rows.map((row) => {
      const [few, median, many] = ["fewest-slices", "median-slices", "most-slices"].map((name) => row.cell(name).textContent);
      if (few === many) {
        return few;
      }
      return SMALL_SCREEN.matches ? `${few}–${many} (${median})` : `${few} to ${many}, median ${median}`;
    });
    const trace = {
      type: "scatter",
      mode: "markers",
      y: rows.map((row) => label(row.name)),
      x: middle,
      error_x: {
        type: "data",
        symmetric: false,
        array: high.map((longest, at) => longest - middle[at]),
        arrayminus: low.map((shortest, at) => middle[at] - shortest),
        color: colour("accent"),
        thickness: 2,
      },
      hovertext: texts,
      hovertemplate: "%{y}: %{hovertext} slices<extra></extra>",
      marker: { color: colour("accent"), size: 10 },
      showlegend: false,
    };
    return { rows, traces: [trace, ends(rows, high, texts)], axis: bare([0, most(high)]) };
  },

  heat(figure) {
    const rows = groups(figure, "patients");
    const shares = [["sex-known", "Sex"], ["age-known", "Age"], ["country-known", "Country"], ["image-completeness", "Image"]];
    const cells = rows.map((row) => shares.map(([name]) => row.cell(name)));
    const trace = {
      type: "heatmap",
      x: shares.map(([, title]) => title),
      y: rows.map((row) => label(row.name)),
      z: cells.map((row) => row.map((cell) => number(cell) * 100)),
      text: cells.map((row) => row.map((cell) => cell.textContent)),
      texttemplate: "%{text}",
      textfont: { color: colour("ink") },
      hovertemplate: "%{y}, %{x}: %{text}<extra></extra>",
      zmin: 0,
      zmax: 100,
      colorscale: [[0, colour("heat-0")], [1, colour("heat-1")]],
      showscale: false,
      xgap: 2,
      ygap: 2,
    };
    return { rows, traces: [trace], axis: { side: "top", type: "category", ticks: "", showgrid: false } };
  },
};

/** What the colours of a chart mean. */
function legend(figure, traces) {
  const items = traces
    .filter((trace) => trace.type === "bar" && trace.showlegend !== false)
    .map((trace) => {
      const item = document.createElement("li");
      item.textContent = trace.meta;
      item.style.setProperty("--swatch", trace.marker.color);
      return item;
    });
  figure.querySelector(".legend").replaceChildren(...items);
}

/** Draws a figure. */
function draw(figure) {
  const { rows, traces, axis, stacked } = drawings[figure.dataset.chart](figure);
  const target = figure.querySelector(".drawing");
  target.classList.toggle("empty", rows.length === 0);
  legend(figure, traces);
  const size = SMALL_SCREEN.matches ? 11 : 13;
  // The texts behind the bars stand in the margin: about as wide as their letters.
  const longest = most(traces.filter((trace) => trace.mode === "text").flatMap((trace) => trace.text.map((text) => text.length)));
  const layout = {
    barmode: stacked ? "stack" : "group",
    bargap: 0.25,
    height: 40 + 32 * rows.length,
    margin: { l: 8, r: 8 + (longest ?? 0) * size * 0.6, t: 8, b: 8 },
    font: { family: "system-ui, sans-serif", size, color: colour("ink") },
    paper_bgcolor: colour("paper"),
    plot_bgcolor: colour("paper"),
    uniformtext: { minsize: 10, mode: "hide" },
    showlegend: false,
    xaxis: { automargin: true, fixedrange: true, ...axis },
    yaxis: { automargin: true, type: "category", autorange: "reversed", ticklabelstandoff: 6, ticks: "", fixedrange: true, showgrid: false, zeroline: false },
    hoverlabel: { bgcolor: colour("paper"), bordercolor: colour("ink"), font: { color: colour("ink") } },
  };
  Plotly.react(target, traces, layout, { displayModeBar: false, responsive: true });
}
