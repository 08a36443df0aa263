"""Reads `ctlake report` in Chromium: every number against `ctlake sql`, under many filters. See README.md."""

import argparse
import csv
import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from browser.choices import choices
from browser.oracle import Oracle
from ctlake import Ctlake, Failed, Lake
from report import Report

HERE = Path(__file__).parent
MOST_BYTES = 6_000_000
HOSTILE = [
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<b>bold</b> & 'quoted' \"twice\"",
]


def main():
    arguments = parse_arguments()
    report = Report()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None or shutil.which("node") is None:
        report.skip("Chromium", "no chromium, or no node to drive it")
        return report.exit_code()
    with tempfile.TemporaryDirectory(prefix="ctlake-browser-") as temp:
        folder = Path(temp).resolve()
        try:
            check_all(arguments, browser, folder, report)
        except Failed as error:
            report.result("ctlake", "runs", [error])
    return report.exit_code()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ctlake", required=True, metavar="BINARY", help="the program under test")
    parser.add_argument("--modules", required=True, metavar="FOLDER", help="where browser/package.json is installed")
    parser.add_argument("--labels", metavar="FOLDER", help="label files and metadata (default: a synthetic sample)")
    parser.add_argument("--screenshots", metavar="FOLDER", type=Path, help="also leave pictures of the page here")
    return parser.parse_args()


def check_all(arguments, browser, folder, report):
    ctlake = Ctlake(arguments.ctlake)
    sample = folder / "sample"
    ctlake.run("sample", sample, "--patients", 60, "--seed", 7)
    lake = Lake(ctlake, folder / "lake", arguments.labels or sample)
    page = make_page(ctlake, lake.folder, folder / "report.html")
    size = page.stat().st_size
    report.result("report", "less than 6 MB", [f"{size} bytes"] if size >= MOST_BYTES else [])

    single, combined = choices(ctlake, lake.folder)
    asked = [{}, *single, *combined]
    expected = Oracle(ctlake, lake.folder, asked).answers()
    empty = [choice for number, choice in enumerate(asked) if not expected.get((number, "slices", ()))]
    pictured = lake_with_previews(ctlake, sample, folder)
    job = {
        "page": str(page),
        "choices": asked[1:],
        "empty": empty[0] if empty else {},
        "previews": str(make_page(ctlake, pictured, folder / "previews.html")),
        "hostile": str(hostile(ctlake, folder)),
    }
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
        job["screenshots"] = str(arguments.screenshots.resolve())
    read = in_browser(browser, arguments.modules, folder, job)
    compare(read, asked, expected, report)
    sentences(read, asked, expected, report)
    addresses(read, asked, expected, report)
    pictures(ctlake, pictured, read, report)
    questions(ctlake, lake.folder, read, asked, report)
    findings(ctlake, lake.folder, read, report)
    behaviour(read, report)


def make_page(ctlake, lake, out):
    ctlake.run("report", "--lake", lake, "--out", out)
    return out


def lake_with_previews(ctlake, sample, folder):
    lake = folder / "previews-lake"
    ctlake.run("ingest", sample, "--lake", lake)
    ctlake.run("build", "--lake", lake, "--previews")
    return lake


def hostile(ctlake, folder):
    """A page about sources whose names are markup."""
    dataset = folder / "hostile"
    dataset.mkdir()
    header = "patient id,source,country,sex,age,finding,verified finding,slice selection,view,modality\n"
    patients = [f"NCP_{at},{source},China,F,45,COVID-19,Yes,Expert,Axial,CT\n" for at, source in enumerate(HOSTILE)]
    lines = [f"NCP_{at}_10_0001.png 2 10 20 110 120\n" for at in range(len(HOSTILE))]
    (dataset / "metadata.csv").write_text(header + "".join(patients))
    for split, part in (("train", lines[:2]), ("val", lines[2:3]), ("test", lines[3:])):
        (dataset / f"{split}_COVIDx_CT-2A.txt").write_text("".join(part))
    lake = folder / "hostile-lake"
    ctlake.run("ingest", dataset, "--lake", lake)
    ctlake.run("build", "--lake", lake)
    return make_page(ctlake, lake, folder / "hostile.html")


def in_browser(browser, modules, folder, job):
    file = folder / "job.json"
    file.write_text(json.dumps(job))
    command = ["node", str(HERE / "browser" / "read_page.mjs"), str(modules), browser, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        raise Failed(f"the browser stopped:\n{done.stderr.strip()}")
    return json.loads(done.stdout)


def readings_of(read):
    return [read["unfiltered"], *read["choices"]]


def compare(read, asked, expected, report):
    """Every number of every reading of the page."""
    readings = readings_of(read)
    groups = (("unfiltered", [0]), ("10 filters", range(1, 11)), ("50 combinations", range(11, len(asked))))
    for name, numbers in groups:
        problems, count = [], 0
        for number in numbers:
            for cell in readings[number]["cells"]:
                count += 1
                problem = wrong(cell, expected, number)
                if problem:
                    problems.append(f"{asked[number]}: {problem}")
        report.result("Chromium", f"{name}: {count} numbers are what `ctlake sql` answers", problems)
    same = read["reset"] == {**read["unfiltered"], "fragment": read["reset"]["fragment"]}
    report.result("Chromium", "Show all brings the first numbers back", [] if same else ["they differ"])
    scripts_off = read["withoutScripts"] == [cell[3] for cell in read["unfiltered"]["cells"]]
    scripts_off &= read["sentencesWithoutScripts"] == read["unfiltered"]["sentences"]
    report.result("Chromium", "the same numbers and sentences without scripts", [] if scripts_off else ["they differ"])


def sentences(read, asked, expected, report):
    """Of each sentence the first variant stands there whose condition SQL's numbers meet; names are the most frequent values."""
    problems, count = [], 0
    for number, reading in enumerate(readings_of(read)):
        for dimension, name in reading["most"]:
            wanted = expected[number, f"most-frequent-{dimension}", ()]
            if name != wanted:
                problems.append(f"{asked[number]}: most frequent {dimension} {name}, `ctlake sql` says {wanted}")
        for sentence in reading["sentences"]:
            count += 1
            values = [(expected.get((number, measure, ())), below) for measure, below, _ in sentence["variants"]]
            holds = [value is not None and below is not None and value < below for value, below in values[:-1]] + [True]
            if [shown for *_, shown in sentence["variants"]] != [at == holds.index(True) for at in range(len(holds))]:
                problems.append(f"{asked[number]}: {sentence['text']!r} is shown, {values}")
    report.result("Chromium", f"{count} sentences are worded after what `ctlake sql` answers", problems)


def addresses(read, asked, expected, report):
    """The address has the choice; a choice that meets nothing is called so."""
    problems = []
    for number, reading in enumerate(readings_of(read)[1:], start=1):
        wanted = sorted((name, value) for name, values in asked[number].items() for value in values)
        if sorted(map(tuple, reading["fragment"])) != wanted:
            problems.append(f"{asked[number]}: the address says {reading['fragment']}")
    if {**read["addressed"], "fragment": []} != {**read["choices"][-1], "fragment": []}:
        problems.append("a page opened with a choice in its address differs from one where it is made by hand")
    report.result("Chromium", "filters are in the address, and follow it", problems)
    problems, count = [], 0
    for number, reading in enumerate(readings_of(read)):
        empty = not expected.get((number, "slices", ()))
        count += empty
        said = "No slice meets the filters" in reading["nothing"]
        if (said, "Nothing is selected" in reading["shown"], not reading["charts"]) != (empty,) * 3:
            problems.append(f"{asked[number]}: {reading['shown']}")
    problems += [] if count else ["no choice was empty"]
    report.result("Chromium", f"{count} empty selections are called so, and no other", problems)


def pictures(ctlake, lake, read, report):
    """Captions and boxes of the pictures."""
    sql = (
        "SELECT p.patient_id, p.scan_id, p.slice_index, s.bbox_xmin, s.bbox_ymin, s.bbox_xmax, s.bbox_ymax, s.image_width, "
        "s.image_height, s.diagnosis, COALESCE(s.source, 'Unknown') AS source "
        "FROM previews AS p JOIN ct_slices AS s ON p.image_key = s.image_key"
    )
    text = ctlake.run("sql", "--lake", lake, "--format", "csv", sql)
    rows = {tuple(row) for row in csv.reader(io.StringIO(text))}
    problems = []
    for picture in read["pictures"]["read"]:
        caption = picture["caption"]
        corners = caption["box"].replace(" to ", ", ").split(", ")
        width, height = picture["size"].split()[2:]
        label = (caption["patient"], caption.get("scan", ""), caption["slice"], *corners, width, height)
        if (*label, picture["diagnosis"], picture["source"]) not in rows:
            problems.append(f"{picture['text']!r} is not in the lake")
        xmin, ymin, xmax, ymax = map(int, corners)
        if picture["rectangle"] != [xmin, ymin, xmax - xmin, ymax - ymin]:
            problems.append(f"{picture['text']!r} has the box {picture['rectangle']}")
        if picture["diagnosis"] not in picture["text"]:
            problems.append(f"{picture['text']!r} says no diagnosis")
    count = len(read["pictures"]["read"])
    problems += [] if count else ["there are no pictures"]
    report.result("Chromium", f"{count} pictures have the captions and boxes of the lake", problems)
    report.result("Chromium", "pictures open and close", read["pictures"]["wrong"])


def wrong(cell, expected, number):
    measure, pins, value, text, unit = cell
    key = number, measure, tuple(sorted(pins.items()))
    answer = expected.get(key, 0.0 if unit == "count" and measure not in ("fewest-slices", "most-slices") else None)
    shown = None if value == "" else float(value)
    if (shown is None) != (answer is None):
        return f"{measure} of {pins}: {shown}, `ctlake sql` says {answer}"
    if shown is None:
        return None if text == "–" else f"{measure} of {pins} is written {text!r}"
    if abs(shown - answer) > 1e-9:
        return f"{measure} of {pins}: {shown}, `ctlake sql` says {answer}"
    written = float(text.replace(",", "").split(" ")[0]) / (100 if unit in ("share", "points") else 1)
    allowed = {"count": 0, "decimal": 0.0500001, "share": 0.000500001, "points": 0.000500001}[unit]
    return None if abs(written - shown) <= allowed else f"{measure} of {pins}: {shown} is written {text!r}"


def questions(ctlake, lake, read, asked, report):
    """The questions that the page shows, asked as they stand there, under one filter and under several."""
    problems = []
    several = max(range(len(asked)), key=lambda number: (sum(map(len, asked[number].values())), number))
    for number in (1, several):
        reading = read["choices"][number - 1]
        answers = dict(reading["questions"])
        union = " UNION ALL ".join(
            f"SELECT '{name}' AS name, CAST(value AS DOUBLE) AS value FROM ({sql}) AS q{at}"
            for at, (name, sql) in enumerate(answers.items())
        )
        lines = ctlake.run("sql", "--lake", lake, "--format", "csv", union).splitlines()[1:]
        answered = {name: float(value) if value else None for name, value in (line.rsplit(",", 1) for line in lines)}
        for measure, pins, value, _, _ in reading["cells"]:
            if not pins and (float(value) if value else None) != answered[measure]:
                problems.append(f"{measure}: {value}, its question answers {answered[measure]}: {answers[measure]}")
    report.result("Chromium", "the questions shown answer the numbers shown", problems)


def findings(ctlake, lake, read, report):
    sql = "SELECT rule, SUM(occurrences) AS findings FROM quality_findings GROUP BY rule"
    lines = ctlake.run("sql", "--lake", lake, "--format", "csv", sql).splitlines()[1:]
    expected = {("findings", *line.split(",")) for line in lines}
    shown = {tuple(cell) for cell in read["found"]}
    report.result("Chromium", "findings by rule", map(str, shown ^ expected))


def behaviour(read, report):
    report.result("Chromium", "no error, warning, dialog or request", read["strange"])
    report.result("Chromium", "bars are as long as the tables say", read["wrongBars"])
    report.result("Chromium", "filters are there", [] if read["filters"] else ["they are hidden"])
    tip = "%" in read["tooltip"] and "slices" in read["tooltip"]
    report.result("Chromium", "tooltips", [] if tip else [read["tooltip"]])
    tables = read["visibleWithoutScripts"]
    report.result("Chromium", "tables are open without scripts", [] if tables else ["they are closed"])
    report.result("Chromium", "by keyboard", read["keyboard"])
    wide = read["narrow"] > 390
    report.result("Chromium", "fits a narrow screen", [f"{read['narrow']} pixels wide"] if wide else [])
    report.result("Chromium", "nothing is cut off on a narrow screen", read["cut"])
    report.result("Chromium", "charts leave no holes beside each other", read["holes"])
    report.result("axe", "accessible in the light and in the dark", read["inaccessible"])
    page = read["hostile"]
    problems = ["a name was run as a script"] if page["ran"] or page["elements"] else []
    for place in ("rows", "options", "ticks"):
        problems += [f"{name!r} is not among {place}: {page[place]}" for name in HOSTILE if name not in page[place]]
    report.result("Chromium", "names that are markup are shown", problems)


if __name__ == "__main__":
    sys.exit(main())
