// Draws a chart from its table with Plotly.

/** A colour of style.css, as it is in the light, in the dark or on paper. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Plotly reads `<b>` and the like in its texts: names are shown as they are. */
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const attribute = (name, value) => `[data-${name}="${CSS.escape(value)}"]`;
const number = (cell) => (cell.dataset.value === "" ? null : Number(cell.dataset.value));

/** The colour of a group: its own if style.css has one, else that of all bars. */
const own = (value) => colour(value.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/-$/, "")) || colour("bar");

/** The rows of a table that are groups, without those of which nothing is selected. */
function groups(figure, measure) {
  const rows = [...figure.querySelectorAll("tr[data-group]")].map((row) => ({
    name: row.dataset.group,
    cell: (name, rest = "") => row.querySelector(`[data-figure="${name}"]${rest}`),
  }));
  return rows.filter((row) => number(row.cell(measure)) > 0);
}

/** A bar a row for one series. */
function bars(rows, name, cells, tone, wording) {
  return {
    type: "bar",
    orientation: "h",
    name: plain(name),
    y: rows.map((row) => plain(row.name)),
    x: cells.map(number),
    text: cells.map((cell) => plain(cell.textContent)),
    textposition: "none",
    hovertemplate: wording,
    marker: { color: tone, line: { color: colour("paper"), width: 1 } },
  };
}

const drawings = {
  bars(figure, counted) {
    const rows = groups(figure, counted);
    const cells = rows.map((row) => row.cell(counted));
    const trace = bars(rows, counted, cells, rows.map((row) => own(row.name)), `%{y}: %{text} ${counted}<extra></extra>`);
    return { rows: rows.length, traces: [{ ...trace, showlegend: false }], layout: { xaxis: { title: { text: counted } } } };
  },

  stack(figure, counted) {
    const rows = groups(figure, counted);
    const traces = cube.dimensions.diagnosis.values.map((value) => {
      const cells = rows.map((row) => row.cell(counted, attribute("diagnosis", value)));
      return bars(rows, value, cells, own(value), `%{y}, ${plain(value)}: %{text} ${counted}<extra></extra>`);
    });
    return { rows: rows.length, traces, layout: { barmode: "stack", xaxis: { title: { text: counted } } } };
  },

  share(figure, counted) {
    const drawing = drawings.stack(figure, counted);
    for (const trace of drawing.traces) {
      trace.hovertemplate = trace.hovertemplate.replace("<extra>", " (%{x:.1f} %)<extra>");
    }
    const axis = { title: { text: `% of the ${counted}` }, range: [0, 100] };
    return { ...drawing, layout: { barmode: "stack", barnorm: "percent", xaxis: axis } };
  },

  columns(figure) {
    const shown = [...figure.querySelectorAll("tr[data-group]")];
    const total = (value) => sum(shown.map((row) => number(row.querySelector(attribute("diagnosis", value)))));
    const values = cube.dimensions.diagnosis.values.filter((value) => total(value) > 0);
    const columns = values.map((name) => ({ name }));
    const traces = shown.map((row, at) => {
      const cells = values.map((value) => row.querySelector(attribute("diagnosis", value)));
      const name = row.dataset.group;
      const tone = colour(name === "Unknown" ? "unknown" : `band-${at}`);
      return bars(columns, name, cells, tone, `%{y}, ${plain(name)}: %{text} patients (%{x:.1f} %)<extra></extra>`);
    });
    const axis = { title: { text: "% of the patients" }, range: [0, 100] };
    return { rows: values.length, traces, layout: { barmode: "stack", barnorm: "percent", xaxis: axis } };
  },

  range(figure) {
    const rows = groups(figure, "scans");
    const column = (name) => rows.map((row) => number(row.cell(name)));
    const [low, middle, high] = ["fewest-slices", "median-slices", "most-slices"].map(column);
    const trace = {
      type: "scatter",
      mode: "markers",
      y: rows.map((row) => plain(row.name)),
      x: middle,
      error_x: {
        type: "data",
        symmetric: false,
        array: high.map((most, at) => most - middle[at]),
        arrayminus: low.map((least, at) => middle[at] - least),
        color: colour("bar"),
        thickness: 2,
      },
      customdata: low.map((least, at) => [least, high[at]]),
      hovertemplate: "%{y}: median %{x}, from %{customdata[0]} to %{customdata[1]}<extra></extra>",
      marker: { color: colour("bar"), size: 10 },
      showlegend: false,
    };
    return { rows: rows.length, traces: [trace], layout: { xaxis: { title: { text: "slices of a scan" }, rangemode: "tozero" } } };
  },

  rates(figure) {
    const rows = groups(figure, "patients");
    const shares = [["sex-known", "Sex"], ["age-known", "Age"], ["country-known", "Country"], ["image-completeness", "Image"]];
    const traces = shares.map(([name, title], at) => {
      const cells = rows.map((row) => row.cell(name));
      const trace = bars(rows, title, cells, colour(`rate-${at}`), `%{y}, ${title}: %{text}<extra></extra>`);
      return { ...trace, x: trace.x.map((share) => share * 100) };
    });
    const axis = { title: { text: "% known, or there" }, range: [0, 100] };
    return { rows: rows.length * 2, traces, layout: { barmode: "group", xaxis: axis } };
  },
};

/** Draws a figure; charts that can count slices or patients count what is asked for. */
function draw(figure, counted) {
  const { rows, traces, layout } = drawings[figure.dataset.chart](figure, counted);
  const target = figure.querySelector(".drawing");
  const line = { gridcolor: colour("rule"), zerolinecolor: colour("rule"), fixedrange: true };
  target.classList.toggle("empty", rows === 0);
  const whole = {
    ...layout,
    bargap: rows === 1 ? 0.6 : 0.2,
    height: 150 + 26 * Math.max(rows, 2),
    margin: { l: 8, r: 16, t: 8, b: 8 },
    font: { family: "system-ui, sans-serif", size: 13, color: colour("ink") },
    paper_bgcolor: colour("paper"),
    plot_bgcolor: colour("paper"),
    xaxis: { automargin: true, ...line, ...layout.xaxis },
    yaxis: { automargin: true, type: "category", autorange: "reversed", ticklabelstandoff: 4, ...line, showgrid: false },
    legend: { orientation: "h", yanchor: "bottom", y: 1.02, x: 0, traceorder: "normal" },
    hoverlabel: { bgcolor: colour("paper"), bordercolor: colour("ink"), font: { color: colour("ink") } },
  };
  Plotly.react(target, traces, whole, { displayModeBar: false, responsive: true });
}
