import threading

import duckdb

from data.progress.queries import progress_of


def test_a_query_is_watched_from_another_thread() -> None:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        share = progress_of(connection)
        seen: list[float | None] = []
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.01):
                seen.append(share())

        watcher = threading.Thread(target=watch)
        watcher.start()
        connection.execute("CREATE TABLE t AS SELECT sum(hash(range)) OVER (PARTITION BY range % 7) FROM range(600000)")
        over.set()
        watcher.join()

    known = [each for each in seen if each is not None]
    assert all(0 <= each <= 1 for each in known)
    assert share() is None  # the connection is closed
