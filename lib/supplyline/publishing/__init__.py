"""Landed files → live Delta tables, exactly once."""

from __future__ import annotations

from supplyline.publishing.publisher import Published, publish_forever, publish_once, publish_until_idle

__all__ = ["Published", "publish_forever", "publish_once", "publish_until_idle"]
