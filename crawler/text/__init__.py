"""What text is made of: clean characters, search tokens, the language. Pure; no dictionary files."""

from crawler.text.clean import clean_text
from crawler.text.language import detect_language
from crawler.text.tokens import hit_spans, query_terms, search_tokens

__all__ = ["clean_text", "detect_language", "hit_spans", "query_terms", "search_tokens"]
