"""Looks at URLs outside of any crawl: what one is, and by which doors its articles come in.

`client` speaks HTTP, `doors` and `choosing` decide (pure), `looking` joins them.
"""

from crawler.discovery.client import PageClient
from crawler.discovery.single import with_further_pages

__all__ = ["PageClient", "with_further_pages"]
