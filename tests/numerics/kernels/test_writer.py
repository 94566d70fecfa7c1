"""Loops, and the places of buffers in scratch memory."""

from __future__ import annotations

import random

from numerics.kernels.writer import Writer


def test_small_loops_are_written_out() -> None:
    writer = Writer(flat=False)
    writer.each((2, 3), lambda index: writer.line(f"f{index};"))
    assert [line.strip() for line in writer.lines] == [f"f{(i, j)};" for i in range(2) for j in range(3)]
    writer.lines.clear()
    writer.each((2, 1, 30), lambda index: writer.line(f"f({', '.join(map(str, index))});"))
    assert writer.lines[0].strip() == "for (long i1 = 0; i1 < 2; i1 += 1) {"
    assert writer.lines[2].strip() == "f(i1, 0, i2);"
    assert sum("}" in line for line in writer.lines) == 2


def test_buffers_that_live_together_do_not_overlap() -> None:
    rng = random.Random(0)
    for _ in range(50):
        writer = Writer(flat=False)
        for step in range(30):
            writer.step = step
            buffer = writer.buffer(rng.randint(1, 20), kept=rng.random() < 0.1)
            buffer.last = max(buffer.last, step + rng.randint(0, 6))
        total = writer.arranged()
        for own in writer.buffers:
            assert own.place is not None
            assert own.place + own.size <= total
            for other in writer.buffers:
                if own is not other and own.first <= other.last and other.first <= own.last:
                    assert other.place is not None
                    assert own.place + own.size <= other.place or other.place + other.size <= own.place


def test_memory_is_used_again() -> None:
    writer = Writer(flat=False)
    for step in range(10):
        writer.step = step
        writer.read(writer.buffer(5))
    assert writer.arranged() == 5
