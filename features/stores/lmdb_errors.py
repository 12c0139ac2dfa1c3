"""Turns the errors of LMDB into `StoreError`."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import lmdb

from features.stores.store import StoreError

BY_CLASS: dict[type[lmdb.Error], str] = {
    lmdb.MapFullError: "full",
    lmdb.MapResizedError: "full",  # another process opened the file with a larger map
    lmdb.TxnFullError: "full",
    lmdb.DiskError: "full",
    lmdb.ReadersFullError: "locked",
    lmdb.CorruptedError: "corrupt",
    lmdb.PageNotFoundError: "corrupt",
    lmdb.CursorFullError: "corrupt",  # a tree deeper than any undamaged one
    lmdb.IncompatibleError: "corrupt",
    lmdb.InvalidError: "corrupt",
    lmdb.VersionMismatchError: "corrupt",
    lmdb.BadTxnError: "corrupt",
    lmdb.PanicError: "corrupt",
}
BY_NUMBER = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EIO: "full",  # LMDB reports a partial write so
    errno.EACCES: "unreachable",
    errno.EPERM: "unreachable",
    errno.EROFS: "unreachable",
    errno.ENOENT: "unreachable",
    errno.ENOTDIR: "unreachable",
    errno.EEXIST: "unreachable",
    errno.EMFILE: "unreachable",
    errno.ENOMEM: "unreachable",
}


@contextmanager
def store_errors(path: str, *, otherwise: str = "gone") -> Iterator[None]:
    """Raise errors of LMDB in the block as `store_error` gives them."""
    try:
        yield
    except lmdb.Error as error:
        raise store_error(error, path, otherwise=otherwise) from error


def store_error(error: lmdb.Error | OSError, path: str, *, otherwise: str = "gone") -> Exception:
    """Give the `StoreError` for ``error`` of the file at ``path``; an error about a wrong argument is given unchanged.

    ``otherwise`` is the cause for errors of the binding itself, by default ``gone``: the store was closed.
    """
    if isinstance(error, OSError):
        return StoreError(BY_NUMBER.get(error.errno or 0, "unreachable"), f"{path}: {error.strerror}")
    if isinstance(error, lmdb.BadValsizeError | lmdb.InvalidParameterError):
        return error
    cause = BY_CLASS.get(type(error)) or BY_NUMBER.get(error.code, otherwise)
    return StoreError(cause, f"{path}: {error}")
