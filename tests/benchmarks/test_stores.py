from tests.benchmarks import stores
from tests.redis_server import running


def test_every_store_is_measured_and_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stores, "RECORDS", 500)
    monkeypatch.setattr(stores, "READS", 10)
    monkeypatch.setattr(stores, "SECONDS_OF_WRITING", 0.01)
    with running(tmp_path):  # skips where there is none
        pass

    assert stores.main() == 0

    shown = capsys.readouterr().out
    assert "500 records" in shown
    assert all(name in shown for name in ("memory", "LMDB", "SQLite", "Redis"))


def test_without_a_redis_the_others_are_measured(monkeypatch, capsys):
    monkeypatch.setattr(stores, "RECORDS", 500)
    monkeypatch.setattr(stores, "READS", 10)
    monkeypatch.setattr(stores, "SECONDS_OF_WRITING", 0.01)
    monkeypatch.setattr(stores, "PROGRAM", "no-such-program")

    assert [speed.name for speed in stores.speeds()] == ["memory", "LMDB", "SQLite"]
    assert "redis-server" in capsys.readouterr().err
