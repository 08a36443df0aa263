"""Questions made at random over the tables of a lake: the same one in ctlake's SQL and in DuckDB's, wherever these differ.

A question is a tree of plain values, so that a failing one can be made smaller: `smaller` yields every tree with one part less.
"""

import random
from dataclasses import dataclass, field, replace

TEXT, INT, DOUBLE, BOOL = "text", "int", "double", "bool"

COLUMNS = {
    "ct_slices": {
        "image_key": TEXT, "file_name": TEXT, "split": TEXT, "label_line": INT, "class_id": INT, "patient_id": TEXT,
        "scan_id": TEXT, "slice_index": INT, "bbox_xmin": INT, "bbox_ymin": INT, "bbox_xmax": INT, "bbox_ymax": INT,
        "source": TEXT, "age": INT, "age_band": TEXT, "verified_finding": TEXT, "slice_selection": TEXT, "in_metadata": BOOL,
        "in_landing": BOOL, "country": TEXT, "sex": TEXT, "diagnosis": TEXT,
    },
    "patients": {
        "patient_id": TEXT, "source": TEXT, "age": INT, "age_band": TEXT, "age_band_order": INT, "verified_finding": TEXT,
        "slice_selection": TEXT, "scans": INT, "slices": INT, "split": TEXT, "in_metadata": BOOL, "country": TEXT, "sex": TEXT,
        "diagnosis": TEXT,
    },
    "quality_findings": {"rule": TEXT, "severity": TEXT, "subject_type": TEXT, "subject": TEXT, "occurrences": INT},
}
# Columns with few values: what one groups by.
GROUPS = {
    "ct_slices": ["split", "class_id", "source", "age_band", "verified_finding", "slice_selection", "in_landing", "country", "sex", "diagnosis", "age", "patient_id", "scan_id"],
    "patients": ["source", "age", "age_band", "verified_finding", "slice_selection", "scans", "split", "in_metadata", "country", "sex", "diagnosis"],
    "quality_findings": ["rule", "severity", "subject_type"],
}
KEYS = {
    "ct_slices": ["image_key"],
    "patients": ["patient_id"],
    "quality_findings": ["rule", "subject"],
}
WORDS = ["China", "Italy", "F", "M", "Unknown", "train", "test", "val", "Normal", "COVID-19", "CNCB", "Yes", "Expert", "N/A", "", "60-79", "a", "Iran"]
PATTERNS = ["NCP%", "%a%", "C_%", "%-%", "Normal", "%", "_", "COVID%", "%\\_1"]
EXPRESSIONS = ["[0-9]+", "^C", "a", "[aeiou]", "-", "(N|C)O?"]


@dataclass(frozen=True)
class Sql:
    """An expression: its type, and its text in both dialects. `parts` are simpler ones of the same type."""

    kind: str
    ours: str
    theirs: str
    parts: tuple = ()

    @staticmethod
    def same(kind, text, *parts):
        return Sql(kind, text, text, tuple(part for part in parts if part.kind == kind))


def form(kind, template, *parts, theirs=None):
    """`template` filled with the texts of `parts`, in brackets where they need them by themselves."""
    return Sql(
        kind,
        template.format(*(part.ours for part in parts)),
        (theirs or template).format(*(part.theirs for part in parts)),
        tuple(part for part in parts if part.kind == kind),
    )


@dataclass(frozen=True)
class Select:
    """One SELECT. Every list may be shortened; `order` makes the order of rows whole."""

    items: tuple
    source: str
    where: tuple = ()
    group: tuple = ()
    rollup: str = ""
    having: tuple = ()
    qualify: tuple = ()
    order: tuple = ()
    limit: int | None = None
    distinct: bool = False
    with_: str = ""

    def text(self, dialect):
        def texts(list_):
            return [getattr(item, dialect) for item in list_]

        items = ", ".join(f"{text} AS c{at}" for at, text in enumerate(texts(self.items)))
        sql = f"{self.with_}SELECT {'DISTINCT ' if self.distinct else ''}{items} FROM {self.source}"
        if self.where:
            sql += " WHERE " + " AND ".join(texts(self.where))
        if self.group:
            group = ", ".join(texts(self.group))
            sql += f" GROUP BY {self.rollup}({group})" if self.rollup else f" GROUP BY {group}"
        if self.having:
            sql += " HAVING " + " AND ".join(texts(self.having))
        if self.qualify:
            sql += " QUALIFY " + " AND ".join(texts(self.qualify))
        if self.order:
            sql += " ORDER BY " + ", ".join(texts(self.order))
        if self.limit is not None:
            sql += f" LIMIT {self.limit}"
        return sql

    @property
    def ordered(self):
        return bool(self.order)

    def smaller(self):
        for name in ("where", "having", "qualify", "order", "group"):
            list_ = getattr(self, name)
            for at in range(len(list_)):
                shorter = list_[:at] + list_[at + 1:]
                if name == "order" and self.limit is not None:
                    continue
                yield replace(self, **{name: shorter})
        for at in range(len(self.items)):
            if len(self.items) > 1:
                yield replace(self, items=self.items[:at] + self.items[at + 1:], order=(), limit=None)
            for part in self.items[at].parts:
                yield replace(self, items=self.items[:at] + (part,) + self.items[at + 1:], order=(), limit=None)
        for name in ("where", "having"):
            list_ = getattr(self, name)
            for at, item in enumerate(list_):
                for part in item.parts:
                    yield replace(self, **{name: list_[:at] + (part,) + list_[at + 1:]})
        if self.limit is not None:
            yield replace(self, limit=None)
        if self.distinct:
            yield replace(self, distinct=False)
        if self.rollup:
            yield replace(self, rollup="")


@dataclass(frozen=True)
class Union:
    """Two SELECTs with the same types."""

    operator: str
    left: Select
    right: Select
    ordered: bool = field(default=False, init=False)

    def text(self, dialect):
        return f"{self.left.text(dialect)} {self.operator} {self.right.text(dialect)}"

    def smaller(self):
        yield self.left
        yield self.right
        for left in self.left.smaller():
            if len(left.items) == len(self.left.items):
                yield replace(self, left=left)
        for right in self.right.smaller():
            if len(right.items) == len(self.right.items):
                yield replace(self, right=right)


class Grammar:
    """Makes questions; the same seed makes the same ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def question(self):
        make = self.random.choices(
            [self.rows, self.grouped, self.window, self.window_of_groups, self.joined, self.nested, self.correlated, self.union, self.cte],
            [14, 24, 16, 8, 12, 8, 8, 6, 4],
        )[0]
        return make()

    # --- expressions

    def pick(self, list_):
        return self.random.choice(list_)

    def chance(self, part):
        return self.random.random() < part

    def column(self, table, kind, alias=""):
        names = [name for name, type_ in COLUMNS[table].items() if type_ == kind]
        if not names:
            return self.literal(kind)
        return Sql.same(kind, f"{alias}{self.pick(names)}")

    def literal(self, kind):
        text = {
            TEXT: lambda: "'" + self.pick(WORDS).replace("'", "''") + "'",
            INT: lambda: str(self.pick([0, 1, 2, 3, 7, 10, 50, 60, 100, 512])),
            DOUBLE: lambda: self.pick(["0.5", "1.5", "2.25", "100.0"]),
            BOOL: lambda: self.pick(["TRUE", "FALSE"]),
        }[kind]()
        return Sql.same(kind, text)

    def value(self, table, kind, depth=2, alias=""):
        if depth == 0 or self.chance(0.35):
            return self.literal(kind) if self.chance(0.15) else self.column(table, kind, alias)
        return {TEXT: self.text, INT: self.integer, DOUBLE: self.double, BOOL: self.boolean}[kind](table, depth - 1, alias)

    def integer(self, table, depth, alias=""):
        def value(kind=INT):
            return self.value(table, kind, depth, alias)

        kind = self.random.randrange(12)
        if kind < 3:
            return form(INT, "({} " + self.pick("+-*") + " {})", value(), value())
        if kind == 3:
            # A quotient of integers is one in Trino, and a fraction in DuckDB, which has another operator for it.
            return form(INT, "({} / NULLIF({}, 0))", value(), value(), theirs="({} // NULLIF({}, 0))")
        if kind == 4:
            return form(INT, "({} % NULLIF({}, 0))", value(), value())
        if kind == 5:
            return form(INT, "ABS({})", value())
        if kind == 6:
            return form(INT, "LENGTH({})", value(TEXT))
        if kind == 7:
            return form(INT, "CASE WHEN {} THEN {} ELSE {} END", value(BOOL), value(), value())
        if kind == 8:
            return form(INT, "COALESCE({}, {})", value(), value())
        if kind == 9:
            return form(INT, "CAST({} AS BIGINT)", value(DOUBLE), theirs="CAST(ROUND({}) AS BIGINT)")
        if kind == 10:
            return form(INT, "STRPOS({}, {})", value(TEXT), self.literal(TEXT))
        return form(INT, "(- {})", value())

    def double(self, table, depth, alias=""):
        def value(kind):
            return self.value(table, kind, depth, alias)

        kind = self.random.randrange(7)
        if kind == 0:
            return form(DOUBLE, "CAST({} AS DOUBLE)", value(INT))
        if kind == 1:
            return form(DOUBLE, "({} * 1.0 / NULLIF({}, 0))", value(INT), value(INT))
        if kind == 2:
            return form(DOUBLE, "ROUND({} / 4.0, 1)", value(INT))
        if kind == 3:
            return form(DOUBLE, "({} " + self.pick("+-*") + " {})", value(DOUBLE), value(INT))
        if kind == 4:
            return form(DOUBLE, "SQRT(ABS({}))", value(INT))
        if kind == 5:
            return form(DOUBLE, self.pick(["FLOOR", "CEIL"]) + "({})", value(DOUBLE))
        return form(DOUBLE, "COALESCE({}, {})", value(DOUBLE), value(DOUBLE))

    def text(self, table, depth, alias=""):
        def value(kind=TEXT):
            return self.value(table, kind, depth, alias)

        kind = self.random.randrange(11)
        if kind == 0:
            return form(TEXT, self.pick(["UPPER", "LOWER", "REVERSE", "TRIM"]) + "({})", value())
        if kind == 1:
            return form(TEXT, "SUBSTR({}, " + str(self.pick([1, 2, 3])) + ", " + str(self.pick([1, 2, 5])) + ")", value())
        if kind == 2:
            return form(TEXT, "({} || {})", value(), value())
        if kind == 3:
            return form(TEXT, "COALESCE({}, {})", value(), value())
        if kind == 4:
            return form(TEXT, "NULLIF({}, {})", value(), self.literal(TEXT))
        if kind == 5:
            return form(TEXT, "CASE WHEN {} THEN {} ELSE {} END", value(BOOL), value(), value())
        if kind == 6:
            return form(TEXT, "REPLACE({}, 'a', '-')", value())
        if kind == 7:
            return form(TEXT, "CAST({} AS VARCHAR)", value(INT))
        if kind == 8:
            return form(TEXT, "SPLIT_PART({}, '-', " + str(self.pick([1, 2])) + ")", value())
        if kind == 9:
            pattern = self.pick(EXPRESSIONS)
            return form(TEXT, "REGEXP_REPLACE({}, '" + pattern + "', 'x')", value(), theirs="REGEXP_REPLACE({}, '" + pattern + "', 'x', 'g')")
        return form(TEXT, "LPAD({}, 4, '*')", value())

    def boolean(self, table, depth, alias=""):
        def value(kind=BOOL):
            return self.value(table, kind, depth, alias)

        kind = self.random.randrange(13)
        sign = self.pick(["=", "<>", "<", "<=", ">", ">="])
        if kind < 3:
            type_ = self.pick([INT, INT, TEXT, DOUBLE])
            return form(BOOL, "({} " + sign + " {})", value(type_), value(type_))
        if kind == 3:
            type_ = self.pick([INT, TEXT])
            return form(BOOL, "({} " + sign + " {})", self.column(table, type_, alias), self.literal(type_))
        if kind == 4:
            return form(BOOL, "({} " + self.pick(["AND", "OR"]) + " {})", value(), value())
        if kind == 5:
            return form(BOOL, "(NOT {})", value())
        if kind == 6:
            return form(BOOL, "({} IS " + self.pick(["", "NOT "]) + "NULL)", value(self.pick([INT, TEXT])))
        if kind == 7:
            type_ = self.pick([INT, TEXT])
            literals = [self.literal(type_).ours for _ in range(self.random.randint(1, 3))]
            if self.chance(0.15):
                literals.append("NULL")
            return form(BOOL, "({} " + self.pick(["", "NOT "]) + "IN (" + ", ".join(literals) + "))", value(type_))
        if kind == 8:
            return form(BOOL, "({} " + self.pick(["", "NOT "]) + "BETWEEN {} AND {})", value(INT), value(INT), value(INT))
        if kind == 9:
            pattern = self.pick([pattern for pattern in PATTERNS if "\\" not in pattern])
            return form(BOOL, "({} " + self.pick(["", "NOT "]) + "LIKE '" + pattern + "')", value(TEXT))
        if kind == 10:
            type_ = self.pick([INT, TEXT])
            return form(BOOL, "({} IS " + self.pick(["", "NOT "]) + "DISTINCT FROM {})", value(type_), value(type_))
        if kind == 11:
            pattern = self.pick(EXPRESSIONS)
            return form(BOOL, "REGEXP_LIKE({}, '" + pattern + "')", value(TEXT), theirs="REGEXP_MATCHES({}, '" + pattern + "')")
        return form(BOOL, "({} IS " + self.pick(["", "NOT "]) + self.pick(["TRUE", "FALSE"]) + ")", value())

    def conditions(self, table, most=2, alias=""):
        return tuple(self.value(table, BOOL, 2, alias) for _ in range(self.random.randint(0, most)))

    def aggregate(self, table, alias="", kinds=(INT, DOUBLE, TEXT)):
        kind = self.random.randrange(12)
        filter_ = ""
        if self.chance(0.25):
            condition = self.value(table, BOOL, 1, alias)
        else:
            condition = None
        wanted = self.pick(kinds)

        def form_(type_, template, *parts):
            if condition is None:
                return form(type_, template, *parts)
            filter_ = form(BOOL, " FILTER (WHERE {})", condition)
            whole = form(type_, template, *parts)
            return Sql(type_, whole.ours + filter_.ours, whole.theirs + filter_.theirs, (whole,))

        if wanted == TEXT:
            return form_(TEXT, self.pick(["MIN", "MAX"]) + "({})", self.value(table, TEXT, 1, alias))
        if wanted == DOUBLE:
            name = self.pick(["AVG", "AVG", "MEDIAN", "STDDEV_SAMP", "VAR_POP", "STDDEV_POP"])
            return form_(DOUBLE, name + "({})", self.value(table, INT, 1, alias))
        if kind < 3:
            return form_(INT, "COUNT(*)")
        if kind == 3:
            return form_(INT, "COUNT({})", self.value(table, self.pick([INT, TEXT]), 1, alias))
        if kind == 4:
            return form_(INT, "COUNT(DISTINCT {})", self.value(table, self.pick([INT, TEXT]), 1, alias))
        if kind == 5:
            return form_(INT, "SUM(CASE WHEN {} THEN 1 ELSE 0 END)", self.value(table, BOOL, 1, alias))
        if kind < 9:
            return form_(INT, "SUM({})", self.value(table, INT, 2, alias))
        if kind == 9:
            return form_(INT, "SUM(DISTINCT {})", self.column(table, INT, alias))
        return form_(INT, self.pick(["MIN", "MAX"]) + "({})", self.value(table, INT, 2, alias))

    def of_aggregates(self, table, alias=""):
        """A number made of aggregates."""
        one, other = self.aggregate(table, alias, (INT,)), self.aggregate(table, alias, (INT,))
        kind = self.random.randrange(6)
        if kind == 0:
            return form(INT, "({} - {})", one, other)
        if kind == 1:
            return form(DOUBLE, "({} * 100.0 / NULLIF({}, 0))", one, other)
        if kind == 2:
            return form(INT, "({} / NULLIF({}, 0))", one, other, theirs="({} // NULLIF({}, 0))")
        if kind == 3:
            return form(DOUBLE, "ROUND(1.0 * {} / NULLIF({}, 0), 3)", one, other)
        return self.aggregate(table, alias)

    # --- questions

    def table(self):
        return self.random.choices(list(COLUMNS), [5, 6, 1])[0]

    def direction(self):
        return self.pick(["", " ASC", " DESC", " DESC NULLS LAST", " NULLS FIRST"])

    def ordered_by(self, keys):
        order = [Sql.same(key.kind, key.ours + self.direction()) for key in keys]
        return tuple(order)

    def rows(self):
        table = self.table()
        items = tuple(self.value(table, self.pick([TEXT, INT, DOUBLE, BOOL]), 3) for _ in range(self.random.randint(1, 4)))
        where = self.conditions(table)
        if self.chance(0.4):
            return Select(tuple(self.column(table, self.pick([TEXT, BOOL])) for _ in range(2)), table, where, distinct=True)
        leading = [Sql.same(INT, self.pick(GROUPS[table])) for _ in range(self.random.randint(0, 2))]
        keys = [Sql.same(TEXT, key) for key in KEYS[table]]
        return Select(items, table, where, order=self.ordered_by(leading + keys), limit=self.pick([1, 5, 50]))

    def grouped(self):
        table = self.table()
        names = self.random.sample(GROUPS[table], self.random.randint(0, 2))
        group = tuple(Sql.same(COLUMNS[table][name], name) for name in names)
        if group and self.chance(0.2):
            group = (self.value(table, self.pick([TEXT, INT]), 2),) + group[1:]
            if group[0].ours.lstrip("-").isdigit() or group[0].ours.startswith("'"):
                group = group[1:]
        items = group + tuple(self.of_aggregates(table) for _ in range(self.random.randint(1, 3)))
        having = ()
        if group and self.chance(0.3):
            having = (form(BOOL, "({} > {})", self.aggregate(table, kinds=(INT,)), self.literal(INT)),)
        rollup = self.pick(["ROLLUP", "CUBE"]) if group and self.chance(0.15) else ""
        return Select(items, table, self.conditions(table), group, rollup, having)

    def over(self, table, alias=""):
        """The inside of OVER, with a whole order or none, and whether there is one."""
        partition = ""
        if self.chance(0.6):
            partition = f"PARTITION BY {alias}{self.pick(GROUPS[table])} "
        lead = f"{alias}{self.pick(GROUPS[table])}{self.direction()}, " if self.chance(0.5) else ""
        keys = ", ".join(f"{alias}{key}" for key in KEYS[table])
        return partition, f"ORDER BY {lead}{keys}{self.pick(['', ' DESC'])}"

    def frame(self):
        return self.pick([
            "", "", " ROWS UNBOUNDED PRECEDING", " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
            " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
        ])

    def window_item(self, table):
        partition, order = self.over(table)
        kind = self.random.randrange(9)
        if kind == 0:
            return Sql.same(INT, f"ROW_NUMBER() OVER ({partition}{order})")
        if kind == 1:
            # With ties.
            ties = self.pick(GROUPS[table])
            name = self.pick(["RANK()", "DENSE_RANK()", "CUME_DIST()", "PERCENT_RANK()"])
            return Sql.same(DOUBLE, f"{name} OVER ({partition}ORDER BY {ties}{self.direction()})")
        if kind in (2, 3):
            type_ = self.pick([INT, TEXT])
            value = self.value(table, type_, 1)
            more = self.pick(["", ", 2", ", 1, " + self.literal(type_).ours])
            name = self.pick(["LAG", "LEAD"])
            return form(type_, name + "({}" + more + f") OVER ({partition}{order})", value)
        if kind == 4:
            value = self.value(table, self.pick([INT, TEXT]), 1)
            return form(value.kind, self.pick(["FIRST_VALUE", "LAST_VALUE"]) + "({}) OVER (" + partition + order + self.frame() + ")", value)
        if kind == 5:
            ties = self.pick(GROUPS[table])
            value = self.value(table, INT, 1)
            return form(INT, "SUM({}) OVER (" + partition + f"ORDER BY {ties}{self.direction()})", value)
        if kind == 6:
            value = self.value(table, INT, 1)
            return form(DOUBLE, self.pick(["SUM", "AVG", "MIN", "MAX", "COUNT"]) + "({}) OVER (" + partition + ")", value)
        value = self.value(table, INT, 1)
        name = self.pick(["SUM", "AVG", "MIN", "MAX", "COUNT"])
        return form(DOUBLE, name + "({}) OVER (" + partition + order + self.frame() + ")", value)

    def window(self):
        table = self.random.choices(["patients", "quality_findings"], [6, 1])[0]
        keys = tuple(Sql.same(TEXT, key) for key in KEYS[table])
        items = keys + tuple(self.window_item(table) for _ in range(self.random.randint(1, 2)))
        if self.chance(0.2):
            items += (form(INT, "({} - {})", self.column(table, INT), Sql.same(INT, f"COUNT(*) OVER (PARTITION BY {self.pick(GROUPS[table])})")),)
        qualify = ()
        if self.chance(0.25):
            partition, order = self.over(table)
            qualify = (Sql.same(BOOL, f"ROW_NUMBER() OVER ({partition}{order}) <= {self.pick([1, 3])}"),)
        return Select(items, table, self.conditions(table, 1), qualify=qualify, order=keys, limit=self.pick([20, 500]))

    def window_of_groups(self):
        table = self.table()
        names = self.random.sample([name for name in GROUPS[table] if name != "patient_id"], self.random.randint(1, 2))
        group = tuple(Sql.same(COLUMNS[table][name], name) for name in names)
        one = self.aggregate(table, kinds=(INT,))
        partition = f"PARTITION BY {names[0]}" if len(names) > 1 and self.chance(0.6) else ""
        order = f" ORDER BY {', '.join(names)}" if self.chance(0.4) else ""
        kind = self.random.randrange(4)
        if kind == 0:
            item = form(DOUBLE, "{} * 100.0 / NULLIF(SUM({}) OVER (" + partition + "), 0)", one, one)
        elif kind == 1:
            item = form(INT, self.pick(["SUM", "MIN", "MAX"]) + "({}) OVER (" + partition + order + ")", one)
        elif kind == 2:
            item = form(INT, self.pick(["RANK", "DENSE_RANK"]) + "() OVER (" + partition + " ORDER BY {}" + self.direction() + ")", one)
        else:
            item = form(INT, "{} - LAG({}) OVER (ORDER BY " + ", ".join(names) + ")", one, one)
        return Select(group + (one, item), table, self.conditions(table, 1), group)

    def joined(self):
        join = self.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        condition = "p.patient_id = s.patient_id"
        if self.chance(0.3):
            extra = self.pick([("s.split = 'test'"), ("p.age > 60"), ("s.slice_index < 20"), ("p.sex = 'F'")])
            condition += f" AND {extra}"
        # Little enough of the large table that any mistake shows, and quick.
        slices = self.pick(["ct_slices", "(SELECT * FROM ct_slices WHERE slice_index < 30)", "(SELECT * FROM ct_slices WHERE split = 'val')"])
        source = f"patients p {join} {slices} s ON {condition}"
        side = self.pick([("patients", "p."), ("ct_slices", "s.")])
        group = ()
        if self.chance(0.8):
            name = self.pick(GROUPS[side[0]])
            group = (Sql.same(COLUMNS[side[0]][name], side[1] + name),)
        other = self.pick([("patients", "p."), ("ct_slices", "s.")])
        items = group + tuple(self.of_aggregates(*other) for _ in range(self.random.randint(1, 2)))
        return Select(items, source, self.conditions(other[0], 1, other[1]), group)

    def nested(self):
        table = self.pick(["patients", "ct_slices"])
        other = "ct_slices" if table == "patients" else "patients"
        inner = self.value(other, BOOL, 2)
        kind = self.random.randrange(4)
        if kind == 0:
            condition = form(BOOL, "patient_id " + self.pick(["", "NOT "]) + f"IN (SELECT patient_id FROM {other} WHERE " + "{})", inner)
        elif kind == 1:
            # NULL among the values.
            name = self.pick(["age", "verified_finding", "slice_selection", "split"])
            condition = form(BOOL, f"{name} " + self.pick(["", "NOT "]) + f"IN (SELECT {name} FROM {other} WHERE " + "{})", inner)
        elif kind == 2:
            name = self.pick(["age", "class_id"] if other == "ct_slices" else ["age", "slices"])
            mine = "age"
            condition = form(BOOL, f"{mine} {self.pick(['>', '<', '<='])} (SELECT {self.pick(['AVG', 'MIN', 'MAX'])}({name}) FROM {other} WHERE " + "{})", inner)
        else:
            condition = form(BOOL, self.pick(["", "NOT "]) + f"EXISTS (SELECT 1 FROM {other} WHERE " + "{})", inner)
        name = self.pick(GROUPS[table])
        group = (Sql.same(COLUMNS[table][name], name),) if self.chance(0.5) else ()
        items = group + (self.aggregate(table),)
        return Select(items, table, (condition,), group)

    def correlated(self):
        inner_kind = self.random.randrange(3)
        inner = self.value("ct_slices", BOOL, 1, "s.")
        if inner_kind == 0:
            condition = form(BOOL, self.pick(["", "NOT "]) + "EXISTS (SELECT 1 FROM ct_slices s WHERE s.patient_id = p.patient_id AND {})", inner)
            return Select((self.aggregate("patients", "p."),), "patients p", (condition,))
        if inner_kind == 1:
            name = self.pick(["COUNT(*)", "MAX(s.slice_index)", "SUM(s.class_id)", "MIN(s.file_name)"])
            item = form(INT, f"(SELECT {name} FROM ct_slices s WHERE s.patient_id = p.patient_id AND " + "{})", inner)
            key = Sql.same(TEXT, "p.patient_id")
            return Select((key, item), "patients p", self.conditions("patients", 1, "p."), order=(key,), limit=100)
        sign = self.pick([">", "<", "="])
        condition = Sql.same(BOOL, f"p.slices {sign} (SELECT {self.pick(['AVG', 'MAX', 'MIN'])}(q.slices) FROM patients q WHERE q.country = p.country)")
        name = self.pick(GROUPS["patients"])
        group = (Sql.same(TEXT, "p." + name),)
        return Select(group + (Sql.same(INT, "COUNT(*)"),), "patients p", (condition,), group)

    def union(self):
        left, right = self.pick(["patients", "ct_slices"]), self.pick(["patients", "ct_slices"])
        kinds = [self.pick([TEXT, INT]) for _ in range(self.random.randint(1, 2))]
        operator = self.pick(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])

        def side(table):
            names = [self.pick([name for name in GROUPS[table] if COLUMNS[table][name] == kind and name not in ("patient_id", "scan_id")]) for kind in kinds]
            items = tuple(Sql.same(kind, name) for kind, name in zip(kinds, names))
            return Select(items, table, self.conditions(table, 1))

        # Thousands of rows alike say no more than a few.
        if operator == "UNION ALL":
            return Union(operator, replace(side(left), distinct=True), replace(side(right), distinct=True))
        return Union(operator, side(left), side(right))

    def cte(self):
        table = self.pick(["patients", "ct_slices"])
        name = self.pick(GROUPS[table])
        with_ = f"WITH t AS (SELECT {name} AS g, COUNT(*) AS n, SUM(age) AS total FROM {table} GROUP BY {name}) "
        items = self.pick([
            ("SUM(n)", "COUNT(*)", "MAX(total)"),
            ("SUM(n * total)", "MIN(n)"),
            ("AVG(n)", "COUNT(DISTINCT n)", "COUNT(g)"),
        ])
        return Select(tuple(Sql.same(INT, item) for item in items), "t", with_=with_)
