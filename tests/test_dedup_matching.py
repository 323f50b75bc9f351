import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedup.matching import Hashes, Held

# Many equal ones, and many that want one slot of the table.
hashes = st.lists(
    st.integers(0, 3).flatmap(lambda high: st.integers(0, 5).map(lambda low: high << 16 | low)), max_size=60
).map(lambda values: np.array(values, np.uint32))


@given(hashes, hashes)
def test_what_two_texts_have_in_common_is_told_exactly(one: Hashes, other: Hashes) -> None:
    held = Held(one)
    places, there = held.places(other)
    assert there.tolist() == np.isin(other, one).tolist()
    assert one[places[there]].tolist() == other[there].tolist()
    assert held.among(places[there]).tolist() == np.isin(one, other).tolist()


@given(hashes)
def test_equal_hashes_are_alike_wherever_they_stand(one: Hashes) -> None:
    flags = np.arange(len(one)) % 3 == 0
    assert Held(one).like(flags).tolist() == np.isin(one, one[flags]).tolist()
