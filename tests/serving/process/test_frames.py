import pytest

from serving.process.frames import LONGEST, Unpacker, pack

SENT = [(1, b"first"), (0, b""), (2**40, b"\n\x00" * 3000)]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_frames_come_out_whole_however_the_stream_is_cut(size: int) -> None:
    stream, unpacker = b"".join(pack(*each) for each in SENT), Unpacker()

    found = [frame for at in range(0, len(stream), size) for frame in unpacker.feed(stream[at : at + size])]

    assert found == SENT


def test_a_stream_that_is_no_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="a frame of"):
        list(Unpacker().feed((LONGEST + 1).to_bytes(4, "little") + bytes(8)))
