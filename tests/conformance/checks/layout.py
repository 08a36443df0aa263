"""What lies below a snapshot, and folder names that are hard to read."""

from checks import answers

ENGINE = "layout"
COUNTRY = "Côte d'Ivoire"


def check(lake, report):
    """Nothing but data files, in folders named after the partition keys and their values."""
    for name, table in lake.tables.items():
        problems = []
        for path in sorted(lake.paths[name].rglob("*")):
            short = path.relative_to(lake.paths[name])
            if path.is_dir():
                continue
            if path.suffix != ".parquet" or path.name.startswith((".", "_")):
                problems.append(f"{short}: not a data file")
            elif list(lake.partition(name, path)) != table.keys:
                problems.append(f"{short}: expected folders for {table.keys}")
        report.result(ENGINE, f"{name}: nothing but Parquet below the snapshot", problems)


def write_awkward_labels(folder):
    """A small set of labels whose country has a blank, an accent and an apostrophe."""
    folder.mkdir(parents=True)
    header = "patient id,source,country,sex,age,finding,verified finding,slice selection,view,modality"
    rows = [
        f"NCP_1,CNCB,{COUNTRY},F,45,COVID-19,Yes,Expert,Axial,CT",
        f"CP_2,CNCB,{COUNTRY},,,Pneumonia,Yes,Automatic,Axial,CT",
        "Normal_3,CNCB,,M,0,Normal,Yes,N/A,Axial,CT",
    ]
    (folder / "metadata.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    for split, name, class_id in [("train", "NCP_1_11", 2), ("val", "CP_2_12", 1), ("test", "Normal_3_13", 0)]:
        lines = [f"{name}_{i:04}.png {class_id} 0 0 512 512\n" for i in range(3)]
        (folder / f"{split}_COVIDx_CT-2A.txt").write_text("".join(lines), encoding="utf-8")


def check_awkward(lake, modules, report):
    """Every engine must read the country as it is written, from a folder named just so."""
    names = {path.name for path in lake.paths["ct_slices"].iterdir()}
    expected = {f"country={COUNTRY}", "country=Unknown"}
    wrong = [] if names == expected else [f"expected {sorted(expected)}, got {sorted(names)}"]
    report.result(ENGINE, f"the folder is named country={COUNTRY}", wrong)

    partitions = {(COUNTRY, "F", "COVID-19"), (COUNTRY, "Unknown", "Pneumonia"), ("Unknown", "M", "Normal")}
    for name, engine in answers.open_engines(modules, lake, report).items():
        for table in ("ct_slices", "patients"):
            try:
                got = {tuple(row) for row in engine.partitions(table)}
            except Exception as error:  # an engine that cannot read the folder has failed
                report.result(name, f"{table}: reads {COUNTRY}", [f"{type(error).__name__}: {error}"])
                continue
            wrong = [] if got == partitions else [f"expected {sorted(partitions)}, got {sorted(got)}"]
            report.result(name, f"{table}: reads {COUNTRY}", wrong)
