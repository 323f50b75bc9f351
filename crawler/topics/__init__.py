"""Which topics a text is about or names. Pure."""

from crawler.topics.match import TopicMatcher

__all__ = ["TopicMatcher"]
