"""Streams, consumers and buckets on real servers: made, left alone, mended."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.live
