"""One page of a list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """The rows of page ``number`` (from 1) of a list of ``total`` rows, ``size`` to a page."""

    rows: tuple[T, ...]
    total: int
    number: int
    size: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return last_page(self.total, self.size)

    @property
    def first_row(self) -> int:
        """The place in the whole list of this page's first row, from 1; 0 for a page without rows."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_row(self) -> int:
        """The place in the whole list of this page's last row; 0 for a page without rows."""
        return self.first_row + len(self.rows) - 1 if self.rows else 0


def last_page(total: int, size: int) -> int:
    """Count the pages of ``total`` rows: at least one, which may be empty."""
    return max(1, -(-total // size))
