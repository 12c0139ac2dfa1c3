import socket

import pytest

from data.errors import UserError
from serving.process.listener import Listener


@pytest.mark.parametrize("workers", [1, 2])
def test_an_address_where_another_service_listens_is_one_clear_message(workers: int) -> None:
    first = Listener("127.0.0.1", 0, workers)
    with first.for_worker() as listening:
        listening.listen()

        with pytest.raises(UserError, match="Address already in use"):
            Listener("127.0.0.1", first.port, workers)

    first.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_service_that_shares_the_port_takes_over_when_the_first_one_ends(workers: int) -> None:
    first = Listener("127.0.0.1", 0, workers)
    second = Listener("127.0.0.1", first.port, workers, shared=True)
    with second.for_worker() as later:
        with first.for_worker() as sooner:
            sooner.listen(100)
            later.listen(100)
        first.close()

        callers = [socket.create_connection(second.address) for _ in range(8)]

        assert waiting(later) == 8
        for caller in callers:
            caller.close()
    second.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_the_address_stays_taken_while_no_worker_runs(workers: int) -> None:
    listener = Listener("127.0.0.1", 0, workers)

    with socket.socket() as another, pytest.raises(OSError, match="Address already in use"):
        another.bind(listener.address)

    listener.close()


def test_an_address_of_another_machine_is_one_clear_message() -> None:
    with pytest.raises(UserError, match=r"to listen at 192\.0\.2\.1, port 80"):
        Listener("192.0.2.1", 80, 1)


def test_who_comes_before_a_single_worker_is_started_again_waits_for_it() -> None:
    listener = Listener("127.0.0.1", 0, 1)
    with listener.for_worker() as first:
        first.listen()

    with socket.create_connection(listener.address), listener.for_worker() as second:
        second.settimeout(5)
        taken, _ = second.accept()

    taken.close()
    listener.close()


def test_connections_are_spread_over_several_workers() -> None:
    listener = Listener("127.0.0.1", 0, 2)
    with listener.for_worker() as one, listener.for_worker() as other:
        one.listen(100)
        other.listen(100)
        callers = [socket.create_connection(listener.address) for _ in range(64)]

        assert 10 < waiting(one) < 54
        assert waiting(other) > 10

        for caller in callers:
            caller.close()
    listener.close()


def waiting(listening: socket.socket) -> int:
    """Take all connections that wait at a socket, and count them; a second call counts only new ones."""
    listening.setblocking(False)
    count = 0
    while True:
        try:
            taken, _ = listening.accept()
        except BlockingIOError:
            return count
        taken.close()
        count += 1


def test_a_socket_that_is_gone_gets_no_more_connections() -> None:
    listener = Listener("127.0.0.1", 0, 2)
    with listener.for_worker() as one:
        one.listen(100)
        with listener.for_worker() as other:
            other.listen(100)

        callers = [socket.create_connection(listener.address) for _ in range(8)]

        assert waiting(one) == 8
        for caller in callers:
            caller.close()
    listener.close()
