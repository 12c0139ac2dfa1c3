"""Known layouts: a preset of data/mappings fits where the files have the columns that it can't do without."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from ruamel.yaml.comments import CommentedMap

from data.drafting import currency, draft
from data.drafting.asked import free_lines, left_files, net_quantities
from data.drafting.draft import Draft, Row
from data.drafting.known import known_times, returns, unnamed_states
from data.drafting.roles import find
from data.drafting.sheet import Sheet
from data.personal_data.shapes import shape
from data.schema import TABLES
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import table_rules

FOLDER = Path("data/mappings")
INSTEAD = {"Line: Product ID": "Line: SKU", "Item Number": "Custom Label"}
"""Columns of presets that some exports lack, each with the one that says the same."""
PARTS = {"order_lines", "products", "customers", "returns"}


@dataclass
class Fit:
    """A preset, and the sheet for each of its inputs."""

    file: Path
    text: str
    mapping: Mapping
    sheets: dict[str, Sheet] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """How much of the files it explains: inputs, and columns that it can't do without."""
        return len(self.sheets), sum(len(_needed(self.mapping, name)) for name in self.sheets)


def recognise(sheets: list[Sheet], folder: Path = FOLDER) -> Fit | None:
    """Find the preset that explains most of ``sheets``; None where none fits."""
    fits = [fit for file in sorted(folder.glob("*.yaml")) if (fit := _first_fit(file, sheets)) is not None]
    return max(fits, key=lambda fit: fit.size, default=None)


def adapt(fit: Fit, others: list[Sheet]) -> Draft:
    """Write the preset for the sheets: their paths and layouts, without the columns that they lack.

    ``others``: sheets of no input; a file of returns among them is used, where the preset has none.
    """
    made = Draft(draft.read(fit.text))
    if fit.mapping.file_of_returns not in fit.sheets:
        del made.tree["files"][fit.mapping.file_of_returns]
        del made.tree["returns"]
    for name, sheet in fit.sheets.items():
        _adapt_file(made.tree["files"], name, sheet)
    tables = {table: fit.sheets[name] for table, name in _inputs(fit.mapping).items() if name in fit.sheets}
    for part in PARTS & made.tree.keys():
        _drop_absent(made, part, tables[part], fit)
    _adapt_currency(made.tree, list(fit.sheets.values()))
    made.head += [
        f"CHECK: {new} is read in place of {old}, which no file has"
        for old, new in INSTEAD.items()
        if new in fit.text and old not in fit.text
    ]
    made.head += unnamed_states.asked(fit.mapping, fit.sheets)
    made.head += filter(None, map(net_quantities.note, fit.sheets.values()))
    made.head += filter(None, [free_lines.note(returns.of_lines(made, fit.sheets[fit.mapping.file_of_lines]))])
    used = list(fit.sheets.values())
    back = returns.add(made, fit.mapping, fit.sheets, others)
    used += [] if back is None else [back]
    read = [find(sheet) for sheet in used]
    made.head += [left_files.note(find(sheet), read) for sheet in others if sheet is not back]
    return made


def _first_fit(file: Path, sheets: list[Sheet]) -> Fit | None:
    """Fit the preset ``file``, or else with a column of `INSTEAD` in place of one that no sheet has."""
    text = file.read_text(encoding="utf-8")
    columns = {column for sheet in sheets for column in sheet.columns}
    swaps = [(old, new) for old, new in INSTEAD.items() if old in text and old not in columns and new in columns]
    for old, new in swaps:
        text = text.replace(old, new)
    return _fit(file, text, sheets)


def _fit(file: Path, text: str, sheets: list[Sheet]) -> Fit | None:
    mapping = _mapping(text)
    fit = Fit(file, text, mapping)
    for name in mapping.files:
        needed = _needed(mapping, name)
        free = [sheet for sheet in sheets if sheet not in fit.sheets.values()]
        matching = [sheet for sheet in free if needed <= set(sheet.columns)]
        if matching:
            fit.sheets[name] = min(matching, key=lambda sheet: len(sheet.columns))
        elif not (_can_lack(mapping, name) and any(find(sheet).kind == "returns" for sheet in free)):
            return None
    return fit if fit.mapping.file_of_lines in fit.sheets else None


def _can_lack(mapping: Mapping, name: str) -> bool:
    """Whether the input ``name`` has the returns and nothing else, so that another file of returns can stand for it."""
    inputs = [given for table, given in _inputs(mapping).items() if table != "returns"]
    return name == mapping.file_of_returns and name not in inputs and not mapping.files[name].join


@functools.cache
def _mapping(text: str) -> Mapping:
    return Mapping.model_validate(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - a safe loader of strings


def _inputs(mapping: Mapping) -> dict[str, str]:
    """The input of each table."""
    lines = mapping.file_of_lines
    return {
        "order_lines": lines,
        "products": (mapping.products and mapping.products.file) or lines,
        "customers": (mapping.customers and mapping.customers.file) or lines,
        "returns": mapping.file_of_returns,
    }


def _needed(mapping: Mapping, name: str) -> set[str]:
    """The columns without which the input ``name`` is not of the layout; columns of joined inputs are named there."""
    rule = mapping.files[name]
    found = {by.from_ for by in rule.join.values()}
    found |= {by.to for other in mapping.files.values() for joined, by in other.join.items() if joined == name}
    if mapping.returns.flag and mapping.file_of_lines == name:
        found.add(mapping.returns.flag.column)
    if mapping.returns.rows and mapping.file_of_lines == name:
        found |= {condition.column for condition in mapping.returns.rows}
    for column, owner in _required(mapping):
        if owner == name:
            found.add(column)
    return found


def _required(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """The shop's columns that feed required columns, each with the input in which it stands."""
    for table, file, columns in table_rules(mapping):
        for name, rule in columns.items():
            needed = name in table.required or (file == mapping.file_of_returns and name in mapping.returns.keys[:2])
            for column in rule.sources if needed else ():
                other, _, inner = column.partition(".")
                yield (inner, other) if other in mapping.files[file].join else (column, file)


def _adapt_file(files: CommentedMap, name: str, sheet: Sheet) -> None:
    """Set the layout that was seen; a key of the preset that was not seen is taken out."""
    rule = files[name]
    rule["path"] = sheet.path
    for key in ("skip_lines", "footer_lines", "delimiter", "quote", "encoding", "format", "sheet"):
        if key in sheet.layout.keys:
            if str(rule.get(key, "")) != str(sheet.layout.keys[key]):
                draft.put(
                    rule, key, _written(sheet.layout.keys[key]), "" if rule.fa.flow_style() else sheet.layout.notes[key]
                )
        elif key in rule:
            del rule[key]
    fill = rule.get("fill_down")
    if fill is not None:
        fill["columns"] = draft.listed([column for column in fill["columns"] if column in sheet.columns])
    newest = rule.get("copies")
    if isinstance(newest, dict) and newest["newest_by"] not in sheet.columns:
        draft.put(rule, "copies", "fullest", "CHECK: of copies of a record, the one with the most filled cells counts")


def _written(value: str | int | tuple[str, ...]) -> object:
    return draft.listed(value) if isinstance(value, tuple) else value


def _drop_absent(made: Draft, part: str, sheet: Sheet, fit: Fit) -> None:
    """Take out what names a column that the files lack, and write the table of what was found."""
    tree = made.tree[part]
    for name in list(tree.get("columns", {})):
        rule = ColumnRule.model_validate(_plain(tree["columns"][name]))
        absent = [column for column in rule.sources if not _has(fit, sheet, column)]
        if absent:
            del tree["columns"][name]
            made.table.append(Row(f"{part}.{name}", f"not found: {', '.join(absent)}"))
            continue
        held = [column for column in rule.minus if _has(fit, sheet, column)]
        if rule.minus and not held:
            del tree["columns"][name]["minus"]
        known_times.adapt(tree["columns"], TABLES[part], name, rule, sheet)
        made.table.append(_row(part, name, rule, sheet))
    for key in ("leave_out", "unknown_outcome", "unknown_without_return"):
        for name in list(tree.get(key, {})):
            _drop_absent_conditions(tree[key], name, lambda column: _has(fit, sheet, column))
        if key in tree and not tree[key]:
            del tree[key]
    _drop_from_match(tree)
    if "comment" in tree and not _has(fit, sheet, tree["comment"]):
        del tree["comment"]
    if "reasons" in tree and "reason" not in tree.get("columns", {}):
        del tree["reasons"]


def _drop_from_match(tree: CommentedMap) -> None:
    """Take the columns that returns lack out of ``match``; those of ``by`` are never absent."""
    match = tree.get("match")
    if isinstance(match, dict) and "prefer" in match:
        prefer = match["prefer"] if isinstance(match["prefer"], list) else [match["prefer"]]
        held = [name for name in prefer if name in tree["columns"]]
        if held:
            match["prefer"] = draft.listed(held)
        else:
            tree["match"] = match["by"]


def _drop_absent_conditions(rules: CommentedMap, name: str, has: Callable[[str], bool]) -> None:
    """Take out a rule that tests a column which the files lack; of several tests, that of an empty one holds."""
    several = rules[name] if isinstance(rules[name], list) else [rules[name]]
    left = [each for each in several if has(each["column"])]
    if not left or any(not has(each["column"]) and not each.get("empty") for each in several):
        del rules[name]
    elif len(left) < len(several):
        rules[name] = left[0] if len(left) == 1 else left


def _has(fit: Fit, sheet: Sheet, column: str) -> bool:
    other, _, inner = column.partition(".")
    return column in sheet.columns or (other in fit.sheets and inner in fit.sheets[other].columns)


def _row(part: str, name: str, rule: ColumnRule, sheet: Sheet) -> Row:
    if not rule.sources:
        return Row(f"{part}.{name}", "generated" if rule.generated else "constant")
    first = rule.sources[0]
    example = next(iter(sheet.values(first)), "") if first in sheet.columns else ""
    return Row(f"{part}.{name}", ", ".join(rule.sources), shape(example))


def _adapt_currency(tree: CommentedMap, sheets: list[Sheet]) -> None:
    """Take the most frequent currency of the column that names it; other currencies are left out by a rule."""
    rule = tree.get("currency")
    if not isinstance(rule, dict):
        return
    column = str(rule["column"])
    sheet = next((sheet for sheet in sheets if column in sheet.columns), None)
    found = None if sheet is None else currency.named(sheet, column)
    if sheet is None or found is None or found.code is None:
        draft.put(tree, "currency", rule["code"], f"CHECK: {column} names no currency that is known")
        return
    draft.put(tree, "currency", *found.rule())
    if found.others:
        currency.leave_others_out(tree["order_lines"].setdefault("leave_out", CommentedMap()), sheet, column)


def _plain(value: object) -> object:
    """Turn a node of YAML into what the mapping's models read: texts."""
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
