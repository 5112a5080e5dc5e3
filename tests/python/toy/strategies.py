"""Toy stacks at random: few names, so that two of them differ in what they share."""

from __future__ import annotations

from hypothesis import strategies as st

from toy.world import Spec

CONTENTS = st.sampled_from(["", "one\n", "two\n", "drei – ü\n"])
FILES = st.dictionaries(st.sampled_from(["conf/a.conf", "conf/b.conf", "service/run", "top"]), CONTENTS, max_size=4)
NAMES = st.dictionaries(st.sampled_from(["A", "B", "C"]), CONTENTS, max_size=3)
SPECS = st.builds(
    Spec, version=st.sampled_from(["1.0", "2.0"]), files=FILES, wrappers=NAMES, settings=NAMES, link=st.booleans()
)
