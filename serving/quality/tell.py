"""Tells the alarms of the quality watch by hand: ``python -m serving.quality.tell``; ``--try`` only tries the channels.

Beside a running service, the quality watch does so by itself.
"""

import argparse
from typing import Final

from data.errors import UserError
from data.stage import run
from data.times import utc_now
from serving.process.file_rights import keep_from_others
from serving.quality.found import FILE, Quality
from serving.settings import Settings, variable
from serving.telling.book import Book
from serving.telling.channels import channels_of
from serving.telling.news import AlarmNews, Interval, Kind
from serving.telling.telling import Telling
from training.registry.names import model_name

TRY: Final = "This is a try by python -m serving.quality.tell --try: alarms arrive. There is nothing to do."


def main() -> None:
    """Tell once, by the settings of the environment.

    Raises
    ------
    UserError
        No channel is set, nothing was found yet, or a message did not arrive.
    """
    keep_from_others()
    parser = argparse.ArgumentParser(prog="python -m serving.quality.tell", description=__doc__)
    parser.add_argument("--try", action="store_true", dest="trying", help="send a message that says it is a try")
    trying = parser.parse_args().trying
    settings = Settings.from_environment()
    channels = channels_of(settings)
    if not channels:
        raise UserError(
            expected=f"a channel for alarms: {variable('alarm_mail_to')} or {variable('alarm_webhook')}",
            found="neither of them",
            fix="set one of them; docs/how-to/dashboards-and-alarms.md shows how",
        )
    telling = Telling(settings.quality, channels, model_name())
    if trying:
        telling.add(try_out(model_name()))
    else:
        found = Quality.read(settings.quality)
        if found is None:
            raise UserError(
                expected=f"what the quality watch found, {settings.quality / FILE}",
                found="no such file",
                fix="let it look once: make quality",
            )
        print(f"{telling.note(found.alarms, found.currency)} news of alarms")
    telling.deliver()
    waiting = Book.of(settings.quality).waiting
    if waiting:
        raise UserError(
            expected="all messages to arrive",
            found="; ".join(f"{each.message.channel}: {each.problem or 'not tried again yet'}" for each in waiting),
            fix="correct the settings; the quality watch, or this command, tries again",
        )
    print("told by " + " and ".join(channel.name for channel in channels))


def try_out(model: str) -> AlarmNews:
    """News that look like those of an alarm, and say that nothing is wrong."""
    now = utc_now()
    return AlarmNews(
        news=Kind.TRY,
        id="try",
        model=model,
        kind="all",
        slice="all lines",
        direction="more",
        since=now,
        told_at=now,
        lines=0,
        mean_probability=0.0,
        rate=Interval(value=0.0, low=0.0, high=0.0),
        cost_minor_a_month=0,
        currency="",
        text=TRY,
    )


if __name__ == "__main__":
    run(main)
