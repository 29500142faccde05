"""Layers as studies name them: numbers, or names in the order they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from core.io.names.name_rules import flaw_in_name
from core.io.problems import ProblemCollector
from core.io.table_cells.cells import whole_number
from core.io.tables import Table
from core.numerics.arrays import BoolArray, IntArray
from core.study import Layer, layers_in_order

_FOLDER = re.compile(
    r"layer(?P<number>[0-9]{1,18})|layer(?P<name>[A-Za-z].*)", re.ASCII | re.DOTALL
)
_LIKE_A_NUMBER = re.compile(r"[-+.,]*[0-9]|(?:nan|inf|null|none)\Z", re.IGNORECASE)
_NO_NAME = re.compile(r"layer[^A-Za-z]*", re.ASCII | re.DOTALL)


class LayerNames:
    """The layers of a study while it is read: those the manifest lists, then as they appear."""

    def __init__(self, given: Sequence[Layer] = ()) -> None:
        self.given = tuple(given)
        self._by_text = {str(layer): layer for layer in self.given}
        self._found: dict[Layer, int] = {layer: i for i, layer in enumerate(self.given)}

    def code(self, layer: Layer) -> int:
        """A number for a layer, in order of appearance."""
        return self._found.setdefault(layer, len(self._found))

    def layer_of(self, text: str) -> Layer | None:
        """The layer a cell names; None where it is neither a name nor a whole number from 0 on."""
        if text in self._by_text:
            return self._by_text[text]
        number = whole_number(text, least=0)
        if number is not None:
            return number
        named = flaw_in_name(text) is None and not _LIKE_A_NUMBER.match(text)
        return text if named else None

    def layer_of_folder(self, folder: str) -> Layer | None:
        """The layer a folder holds, `layer5`, `layerencoder.11` or `encoder.11`; None = none."""
        for text in (folder, folder.removeprefix("layer")):
            if text in self._by_text:
                return self._by_text[text]
        match = _FOLDER.fullmatch(folder)
        if match is not None and match["number"]:
            return int(match["number"])
        if _NO_NAME.fullmatch(folder):
            return None
        name = match["name"] if match is not None else folder
        return name if name.isprintable() and name == name.strip() else None

    def read(self, findings: ProblemCollector, table: Table) -> tuple[IntArray, BoolArray]:
        """The code of each row's layer, and which could be read; names beside numbers are errors.

        Those the manifest lists may be both.
        """
        names = table.names("layer")
        layers = [self.layer_of(name) for name in names.names]
        unlisted = {type(layer) for layer in layers if layer not in self._found or not self.given}
        if type(None) in unlisted or len(unlisted) > 1:
            numbers, readable = table.integers(
                "layer", findings, todo="write the layer, a whole number from 0 on", least=0
            )
            return np.array([self.code(int(n)) for n in numbers], dtype=np.int64), readable
        codes = np.array(
            [self.code(layer) for layer in layers if layer is not None], dtype=np.int64
        )
        return codes[names.codes], np.ones(len(table), dtype=bool)

    def order(self, names: Iterable[Layer] = ()) -> tuple[Layer, ...]:
        """All layers in their order; empty where they are numbers, ascending."""
        found = [*self._found, *names]
        if not self.given and all(isinstance(layer, int) for layer in found):
            return ()
        numbers = sorted({layer for layer in found if isinstance(layer, int)})
        words = [layer for layer in found if isinstance(layer, str)]
        return layers_in_order(found, self.given or [*numbers, *words])

    def positions(self, codes: IntArray) -> tuple[IntArray, tuple[Layer, ...]]:
        """Codes as positions in the order, and the order; as numbers where there is none."""
        order, found = self.order(), list(self._found)
        if not order:
            numbers = np.array([layer for layer in found if isinstance(layer, int)], dtype=np.int64)
            return (numbers[codes] if len(codes) else codes), ()
        place = np.array([order.index(layer) for layer in found], dtype=np.int64)
        return (place[codes] if len(codes) else codes), order


def natural(layer: Layer) -> tuple[tuple[int, str], ...]:
    """A key that puts `block.9` before `block.10`."""
    parts = re.split(r"([0-9]+)", str(layer))
    return tuple((int(part[:400]), "") if i % 2 else (-1, part) for i, part in enumerate(parts))
