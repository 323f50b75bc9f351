"""The headers of a crawl's requests, and the count of them."""

from __future__ import annotations

import os
from collections.abc import Callable

from crawler.content import ACCEPT, ACCEPT_ENCODING
from crawler.crawling.reporting import Reporter
from crawler.desk import Desk
from crawler.errands import Asked, Door, Errand
from crawler.errors import ConfigError
from crawler.items import KnownUrl, Validators
from crawler.urls import publisher


class Asking:
    """Makes requests ready to be sent."""

    def __init__(self, desk: Desk, reporter: Reporter) -> None:
        self._desk = desk
        self._reporter = reporter

    def headers(self, asked: Asked, url: str) -> dict[str, str]:
        """Headers of a request for `asked` at `url`, which differs from its own after redirects.

        A source's own headers (credentials) go to its own publisher only. Raises `ConfigError`.
        """
        source = asked.run.source
        headers = {"User-Agent": self._desk.config.agent, "Accept": ACCEPT, "Accept-Encoding": ACCEPT_ENCODING}
        if source is not None and source.language:
            headers["Accept-Language"] = f"{source.language},*;q=0.5"
        if source is not None and source.headers and publisher(source.url) == publisher(url):
            for name, variable in source.headers.items():
                value = os.environ.get(variable)
                if not value:
                    raise ConfigError(
                        f"{source.name}: its header {name} needs the environment variable {variable}, which is not set",
                        source.name,
                    )
                headers[name] = value
        validators: Validators | KnownUrl | None = asked.validators if isinstance(asked, Door) else None
        if isinstance(asked, Errand) and asked.known is not None and not (asked.known.provisional or asked.anew):
            validators = asked.known
        if validators is not None and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators is not None and validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        return headers

    def head(self, asked: Asked) -> bool:
        """Give it its headers; `False` where they can't be had, which is told."""
        try:
            asked.headers = self.headers(asked, asked.url)
        except ConfigError as error:
            self._reporter.refuse(asked.run, asked.url, str(error))
            return False
        return True

    def count_request(self, asked: Asked) -> Callable[[int], None]:
        """A counter of requests and body bytes for the source that `asked` belongs to."""
        count = asked.run.count

        def one_more(received: int) -> None:
            count.requests += 1
            count.bytes += received

        return one_more
