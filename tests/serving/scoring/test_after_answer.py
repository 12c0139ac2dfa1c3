import asyncio

from serving.scoring.after_answer import after_answer


def test_within_a_loop_work_waits_until_what_runs_has_ended() -> None:
    done: list[str] = []

    async def answer() -> None:
        after_answer(lambda: done.append("logged"))
        done.append("answered")

    async def caller() -> None:
        await answer()
        await asyncio.sleep(0)

    asyncio.run(caller())

    assert done == ["answered", "logged"]


def test_without_a_loop_work_is_done_at_once() -> None:
    done: list[str] = []

    after_answer(lambda: done.append("logged"))

    assert done == ["logged"]
