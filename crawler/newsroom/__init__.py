"""A bundled news world on loopback for demo, tests and benchmarks: outlets, articles, a clock and the truth."""

from crawler.newsroom.room import Newsroom, Outlet
from crawler.newsroom.server import LoggedRequest
from crawler.newsroom.truth import TrueArticle, TrueVersion

__all__ = ["LoggedRequest", "Newsroom", "Outlet", "TrueArticle", "TrueVersion"]
