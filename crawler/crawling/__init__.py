"""One crawl: its doors and errands, what became of them, and the report. Free of Scrapy, which carries the requests.

`crawl.Crawl` is what spiders, pipelines and the keeper talk to. It hands answers on: `doors` reads pages that name
articles, `entries` decides about each thing named, `articles` reads an article's pages, `budgets` gives out what is
asked next, `dealings` is the book of what became of each article, `reporting` tells.
"""

from crawler.crawling.crawl import Crawl

__all__ = ["Crawl"]
