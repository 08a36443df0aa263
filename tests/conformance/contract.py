"""The data contract as these checks need it, read from the repository's own copy."""

from pathlib import Path

import yaml

PATH = Path(__file__).resolve().parents[2] / "schemas" / "ctlake.odcs.yaml"


class Column:
    """One property of a table."""

    def __init__(self, prop):
        self.name = prop["name"]
        self.type = prop["physicalType"]
        self.required = prop["required"]
        self.is_key = prop.get("partitioned", False)
        self.field_id = next(c["value"] for c in prop["customProperties"] if c["property"] == "fieldId")


class Table:
    """One schema object: `columns` are in the data files, `keys` in the folder names."""

    def __init__(self, schema):
        self.name = schema["name"]
        columns = [Column(prop) for prop in schema["properties"]]
        self.columns = [c for c in columns if not c.is_key]
        self.keys = [c.name for c in columns if c.is_key]
        extras = {extra["property"]: extra["value"] for extra in schema.get("customProperties", [])}
        self.is_optional = extras.get("optional", False)


def document():
    """The contract as plain dictionaries and lists."""
    return yaml.safe_load(PATH.read_text(encoding="utf-8"))


def tables():
    """Every table of the contract, by name."""
    return {schema["name"]: Table(schema) for schema in document()["schema"]}
