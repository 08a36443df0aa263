"""Reads `ctlake report` in Chromium: every number against `ctlake sql`, under many filters. See README.md."""

import argparse
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
    job = {"page": str(page), "choices": asked[1:], "hostile": str(hostile(ctlake, folder))}
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
        job["screenshots"] = str(arguments.screenshots.resolve())
    read = in_browser(browser, arguments.modules, folder, job)
    expected = Oracle(ctlake, lake.folder, asked).answers()
    compare(read, asked, expected, report)
    questions(ctlake, lake.folder, read, asked, report)
    findings(ctlake, lake.folder, read, report)
    behaviour(read, report)


def make_page(ctlake, lake, out):
    ctlake.run("report", "--lake", lake, "--out", out)
    return out


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


def compare(read, asked, expected, report):
    """Every number of every reading of the page."""
    readings = [read["unfiltered"], *(choice["cells"] for choice in read["choices"])]
    for name, numbers in (("unfiltered", [0]), ("5 filters", range(1, 6)), ("50 combinations", range(6, len(asked)))):
        problems, count = [], 0
        for number in numbers:
            for cell in readings[number]:
                count += 1
                problem = wrong(cell, expected, number)
                if problem:
                    problems.append(f"{asked[number]}: {problem}")
        report.result("Chromium", f"{name}: {count} numbers are what `ctlake sql` answers", problems)
    same = [cell for cell in read["reset"]] == read["unfiltered"]
    report.result("Chromium", "Show all brings the first numbers back", [] if same else ["they differ"])
    scripts_off = read["withoutScripts"] == [cell[3] for cell in read["unfiltered"]]
    report.result("Chromium", "the same numbers without scripts", [] if scripts_off else ["they differ"])


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
    written = float(text.replace(",", "").removesuffix(" %")) / (100 if unit == "share" else 1)
    allowed = {"count": 0, "decimal": 0.0500001, "share": 0.000500001}[unit]
    return None if abs(written - shown) <= allowed else f"{measure} of {pins}: {shown} is written {text!r}"


def questions(ctlake, lake, read, asked, report):
    """The questions that the page shows, asked as they stand there, under one filter and under several."""
    problems = []
    several = max(range(len(asked)), key=lambda number: (len(asked[number]), number))
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
    tip = "%" in read["tooltip"] and "patients" in read["tooltip"]
    report.result("Chromium", "tooltips", [] if tip else [read["tooltip"]])
    tables = read["visibleWithoutScripts"]
    report.result("Chromium", "tables are open without scripts", [] if tables else ["they are closed"])
    report.result("Chromium", "by keyboard", read["keyboard"])
    wide = read["narrow"] > 390
    report.result("Chromium", "fits a narrow screen", [f"{read['narrow']} pixels wide"] if wide else [])
    report.result("axe", "accessible in the light and in the dark", read["inaccessible"])
    page = read["hostile"]
    problems = ["a name was run as a script"] if page["ran"] or page["elements"] else []
    for place in ("rows", "options", "ticks"):
        problems += [f"{name!r} is not among {place}: {page[place]}" for name in HOSTILE if name not in page[place]]
    report.result("Chromium", "names that are markup are shown", problems)


if __name__ == "__main__":
    sys.exit(main())
