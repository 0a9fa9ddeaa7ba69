"""A part of a result that is read when it is first looked at: most views need few of the long parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Recent:
    """The part that was read last, by all that share this: views go run by run, so one is enough."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: tuple[object, Any] = (None, None)


class Part(Generic[T]):
    """Packed data and how it is read."""

    __slots__ = ("_data", "_read", "_recent")

    def __init__(self, data: bytes, read: Callable[[bytes], T], recent: Recent) -> None:
        self._data = data
        self._read = read
        self._recent = recent

    def value(self) -> T:
        """What the data holds; the same object again as long as no other part was read."""
        part, value = self._recent.held
        if part is not self:
            value = self._read(self._data)
            self._recent.held = (self, value)
        read: T = value
        return read


class Later(Sequence[T]):
    """A sequence of known length, read-only, equal to the tuple of its items; `place` says which one of the part's."""

    __slots__ = ("_length", "_part", "_place")

    def __init__(self, part: Part[Sequence[Sequence[T]]], place: int, length: int) -> None:
        self._part = part
        self._place = place
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._part.value()[self._place][index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Later | tuple):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[type[tuple[T, ...]], tuple[tuple[T, ...]]]:
        return tuple, (tuple(self),)
