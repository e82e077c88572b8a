# SPDX-License-Identifier: Apache-2.0
"""Mutant schemata: one copy of a source file that holds all its mutants, one of which runs.

`mutate` reads a C++ file with libclang and gives its text again with

    a > b      as  (rf_mutant(7) != (rf_mutant(8) ? (a) >= (b) : (a) > (b)))   negated; moved
    if (f())   as  if (rf_mutant(9) != static_cast<bool>(f()))                 negated; also of ?:
    x = f();   as  (rf_mutant(10) ? void() : void(x = f()));                   dropped

where rf_mutant (tests/mutants/rf_mutant.h) is true for the number that the process was started
with. Dropped are assignments, increments and calls whose value nobody uses; never a `return`, a
`break`, a `continue` or a declaration. What the compiler itself computes (static_assert, `if
constexpr`, constexpr variables) and what a macro writes cannot be mutated and is counted as
skipped, and so is the dropping of an RF_ENSURE, which changes nothing while the invariant holds.
"""
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Iterator, NamedTuple

DEBIAN_PYTHON = "/usr/lib/python3/dist-packages"  # where python3-clang-19 lies
LIBCLANG = "libclang-19.so.1"
try:
    from clang import cindex
except ModuleNotFoundError:
    sys.path.append(DEBIAN_PYTHON)
    from clang import cindex
cindex.Config.set_library_file(LIBCLANG)
from clang.cindex import CursorKind as Kind  # noqa: E402

NEGATED = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
# RF_ENSURE as a function, so that what stands between its brackets is seen where it stands.
ENSURE = "#pragma once\ntemplate <class T> void RF_ENSURE(T&& condition, const char* message);\n"
LOOPS = (Kind.FOR_STMT, Kind.CXX_FOR_RANGE_STMT, Kind.WHILE_STMT)


class Mutant(NamedTuple):
    number: int
    path: str
    line: int
    column: int
    original: str
    mutation: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: `{self.original}` {self.mutation}"


class Place(NamedTuple):
    """A part of the text that has mutants: from `begin` to `end`; an operator between two sides."""
    begin: int
    end: int
    kind: str  # "compare", "negate", "drop"
    operator: str = ""
    left_end: int = 0
    right_begin: int = 0


def begin(cursor: cindex.Cursor) -> int:
    return cursor.extent.start.offset


def end(cursor: cindex.Cursor) -> int:
    return cursor.extent.end.offset


class Reader:
    """Finds the places of one file."""

    def __init__(self, root: Path, path: str, arguments: list[str]):
        self.path = path
        self.text = (root / path).read_bytes()
        self.skipped: Counter[str] = Counter()
        self.places: dict[tuple[int, int, str], Place] = {}
        unit = cindex.Index.create().parse(
            str(root / path), ["-x", "c++", *arguments],
            [(str(root / "src/base/ensure.h"), ENSURE)],
            cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        wrong = [str(found) for found in unit.diagnostics if found.severity >= 3]
        if wrong:
            raise SystemExit(f"mutants: clang cannot read {path}: {wrong[0]}")
        self.file = str(root / path)
        self.macros = [(begin(child), end(child)) for child in unit.cursor.get_children()
                       if child.kind == Kind.MACRO_INSTANTIATION and self.here(child)]
        for child in unit.cursor.get_children():
            if self.here(child) and child.kind.is_declaration():
                self.visit(child)
        for place in list(self.places.values()):  # a lone comparison is negated already
            if place.kind == "compare":
                self.places.pop((place.begin, place.end, "negate"), None)

    def here(self, cursor: cindex.Cursor) -> bool:
        return cursor.location.file is not None and cursor.location.file.name == self.file

    def source(self, start: int, stop: int) -> str:
        return self.text[start:stop].decode()

    def of_compiler(self, cursor: cindex.Cursor) -> bool:
        """Whether the compiler itself computes all that is inside."""
        if cursor.kind in (Kind.STATIC_ASSERT, Kind.ENUM_DECL, Kind.CONCEPT_DECL):
            return True
        if cursor.kind == Kind.VAR_DECL:
            head = self.source(begin(cursor), cursor.location.offset)
            return re.search(r"\bconstexpr\b", head) is not None
        return False

    def visit(self, cursor: cindex.Cursor) -> None:
        if not self.here(cursor):
            return
        if self.of_compiler(cursor):
            for inner in cursor.walk_preorder():
                if self.comparison(inner):
                    self.skipped["computed by the compiler"] += 1
            return
        children = list(cursor.get_children())
        if compare := self.comparison(cursor):
            self.add(compare)
        if cursor.kind == Kind.IF_STMT:
            text = self.source(begin(cursor), end(cursor))
            if text.startswith("if (RF_BUG("):
                self.skipped["a bug of the simulation"] += 1
                return
            if re.match(r"if\s+constexpr\b", text):
                self.skipped["computed by the compiler"] += 1
                children = children[1:]  # its condition
            else:
                self.negate(self.condition(children))
        elif cursor.kind == Kind.CONDITIONAL_OPERATOR:
            self.negate(children[0])
        for statement in self.statements(cursor, children):
            self.drop(statement)
        for child in children:
            self.visit(child)

    def statements(self, cursor: cindex.Cursor,
                   children: list[cindex.Cursor]) -> list[cindex.Cursor]:
        """Those directly below, in a block or as the body of something."""
        if cursor.kind == Kind.COMPOUND_STMT:
            return children
        if cursor.kind == Kind.IF_STMT:
            closed = [child for child in children if self.closes_brackets(child)]
            return [child for child in children if closed and begin(child) > end(closed[0])]
        if cursor.kind in (Kind.CASE_STMT, Kind.DEFAULT_STMT, *LOOPS):
            return children[-1:]
        return children[:1] if cursor.kind == Kind.DO_STMT else []

    def closes_brackets(self, child: cindex.Cursor) -> bool:
        return self.source(end(child), end(child) + 20).lstrip().startswith(")")

    def condition(self, children: list[cindex.Cursor]) -> cindex.Cursor | None:
        """What an `if` asks; none where it asks a variable that it declares."""
        for child in children:
            if self.closes_brackets(child):
                if child.kind.is_expression():
                    return child
                self.skipped["a condition that declares"] += 1
                return None
        return None

    def comparison(self, cursor: cindex.Cursor) -> Place | None:
        if cursor.kind not in (Kind.BINARY_OPERATOR, Kind.CALL_EXPR, Kind.UNEXPOSED_EXPR):
            return None
        children = [child for child in cursor.get_children() if end(child) > begin(child)]
        if len(children) < 2:
            return None
        children.sort(key=lambda child: (begin(child), end(child)))
        left, right = children[0], children[-1]
        if begin(left) != begin(cursor) or end(right) != end(cursor) or end(left) > begin(right):
            return None
        between = self.source(end(left), begin(right))
        operator = re.sub(r"//.*|/\*.*?\*/", "", between).strip()
        if operator not in NEGATED:
            return None
        return Place(begin(cursor), end(cursor), "compare", operator, end(left), begin(right))

    def negate(self, condition: cindex.Cursor | None) -> None:
        if condition is not None:
            self.add(Place(begin(condition), end(condition), "negate"))

    def drop(self, statement: cindex.Cursor) -> None:
        if not statement.kind.is_expression() or begin(statement) == end(statement):
            return
        text = self.source(begin(statement), end(statement))
        if text.startswith("RF_ENSURE"):
            self.skipped["an RF_ENSURE to be dropped"] += 1
        elif re.match(r"(static_cast<void>|\(void\))", text) is None:
            self.add(Place(begin(statement), end(statement), "drop"))

    def add(self, place: Place) -> None:
        for start, stop in self.macros:
            if self.source(start, stop).startswith("RF_ENSURE"):
                continue
            if start <= place.begin < stop or start < place.end <= stop:
                if not (stop - start == place.end - place.begin):
                    self.skipped["written by a macro"] += 1
                    return
        self.places[place.begin, place.end, place.kind] = place


class Writer:
    """Numbers the mutants of one file's places and writes them into its text."""

    def __init__(self, reader: Reader, first_number: int):
        self.reader = reader
        self.text = reader.text
        self.mutants: list[Mutant] = []
        # Outer places come before what is inside them.
        order = {"drop": 0, "negate": 1, "compare": 2}
        self.places = sorted(reader.places.values(),
                             key=lambda place: (place.begin, -place.end, order[place.kind]))
        self.numbers: dict[Place, list[int]] = {}
        for place in self.places:
            self.numbers[place] = []
            for mutation in self.mutations(place):
                number = first_number + len(self.mutants)
                self.numbers[place].append(number)
                self.mutants.append(self.describe(number, place, mutation))

    def mutations(self, place: Place) -> list[str]:
        if place.kind == "compare":
            ways = [NEGATED[place.operator]]
            ways += [BOUNDARY[place.operator]] if place.operator in BOUNDARY else []
            return [f"with {operator}" for operator in ways]
        return ["negated"] if place.kind == "negate" else ["dropped"]

    def describe(self, number: int, place: Place, mutation: str) -> Mutant:
        at = place.left_end if place.kind == "compare" else place.begin
        while self.text[at:at + 1].isspace():
            at += 1
        line = self.text.count(b"\n", 0, at) + 1
        column = at - (self.text.rfind(b"\n", 0, at) + 1) + 1
        original = " ".join(self.text[place.begin:place.end].decode().split())
        return Mutant(number, self.reader.path, line, column, original, mutation)

    def render(self, start: int, stop: int, index: int) -> tuple[str, int]:
        """The text from `start` to `stop` with all places from that index on that lie in it."""
        out = []
        at = start
        while index < len(self.places) and self.places[index].begin < stop:
            place = self.places[index]
            out.append(self.text[at:place.begin].decode())
            text, index = self.render_place(place, index + 1)
            out.append(text)
            at = place.end
        out.append(self.text[at:stop].decode())
        return "".join(out), index

    def render_place(self, place: Place, index: int) -> tuple[str, int]:
        numbers = self.numbers[place]
        if place.kind == "compare":
            left, index = self.render(place.begin, place.left_end, index)
            right, index = self.render(place.right_begin, place.end, index)
            plain = f"({left}) {place.operator} ({right})"
            if len(numbers) == 2:
                other = f"({left}) {BOUNDARY[place.operator]} ({right})"
                plain = f"rf_mutant({numbers[1]}) ? {other} : {plain}"
            return f"(rf_mutant({numbers[0]}) != ({plain}))", index
        inside, index = self.render(place.begin, place.end, index)
        if place.kind == "negate":
            return f"(rf_mutant({numbers[0]}) != static_cast<bool>({inside}))", index
        return f"(rf_mutant({numbers[0]}) ? void() : void({inside}))", index

    def whole(self) -> str:
        body, index = self.render(0, len(self.text), 0)
        assert index == len(self.places), "places lie in each other"
        return f'#include "rf_mutant.h"\n#line 1 "{self.reader.path}"\n{body}'


def sources(root: Path, rooms: list[str]) -> Iterator[str]:
    for room in rooms:
        for file in sorted((root / "src" / room).iterdir()):
            if file.suffix in (".cc", ".h") and not file.name.endswith("_test.cc"):
                yield str(file.relative_to(root))


def mutate(root: Path, rooms: list[str], arguments: list[str],
           into: Path) -> tuple[list[Mutant], dict[str, Counter[str]]]:
    """Writes copies of all these rooms' sources; their mutants, and what was skipped in each."""
    mutants: list[Mutant] = []
    skipped: dict[str, Counter[str]] = {}
    paths = list(sources(root, rooms))
    with ProcessPoolExecutor() as pool:  # clang takes a second for each
        readers = list(pool.map(partial(Reader, root, arguments=arguments), paths))
    for path, reader in zip(paths, readers):
        writer = Writer(reader, len(mutants) + 1)
        mutants += writer.mutants
        skipped[path] = reader.skipped
        write_if_changed(into / Path(path).relative_to("src"), writer.whole())
    return mutants, skipped


def write_if_changed(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
