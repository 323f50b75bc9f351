"""Scrapy's settings, each with its reason. What a person may choose stands in `crawler.config`, not here.

`scrapy.cfg` names this module in a checkout; an installed wheel has no such file, so `crawler.engine` names it itself.

Without a Twisted reactor (``TWISTED_REACTOR_ENABLED``): Scrapy calls that experimental, because its own download
handler for it is and some of its extensions need a reactor. We bring the handler and use none of those extensions; a
page then costs 12 % less CPU (1.14 against 1.3 ms), the loop may be uvloop, and the process that keeps many crawls warm
is plain asyncio: sockets to extraction processes, a thread for the store, JSON lines over pipes. Should a release drop
the mode, the asyncio reactor does the same with this one line changed, since nothing here touches Twisted.
"""

from __future__ import annotations

BOT_NAME = "presswatch"

# One by one: with ["spiders"] a single module that fails to import would take all the others with it.
SPIDER_MODULES = [
    "spiders.source",
    "spiders.feed",
    "spiders.sitemap",
    "spiders.listing",
    "spiders.article",
    "spiders.topic",
]

TWISTED_REACTOR_ENABLED = False

# Executes Python that it is sent; on by default.
REMOTE_CONTROL_ENABLED = False
# A console into the process; on by default.
TELNETCONSOLE_ENABLED = False

# ---------------------------------------------------------------------------------------------------------- download
DOWNLOAD_HANDLERS = {
    # Ours: refuses private addresses when connecting, takes turns with all crawls of the process, caps size and time.
    "http": "crawler.downloads.PoliteDownloadHandler",
    "https": "crawler.downloads.PoliteDownloadHandler",
    # A URL on a stranger's page must not read local files or reach other services.
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
# Off by default. Our handler always verifies; this keeps any other that is configured from not doing so.
DOWNLOAD_VERIFY_CERTIFICATES = True
# robots.txt is obeyed by RobotsMiddleware, with the copy in the store; Scrapy's would fetch it anew for each crawl.
ROBOTSTXT_OBEY = False
# The pace is kept by crawler.politeness for all crawls of the process; Scrapy's delay knows one crawl only.
DOWNLOAD_DELAY = 0
# A waiting room, not what is under way (that is `concurrency`): requests that wait for their host's turn are in it, and
# a slow host must not fill it so far that the others stand still.
CONCURRENT_REQUESTS = 128
CONCURRENT_REQUESTS_PER_DOMAIN = 32
# News pages are public; cookies would make answers personal.
COOKIES_ENABLED = False

# The built-in ones are off because ours do their work (robots, retries with the host's back-off, redirects with a check
# of each hop, compression with a cap, headers) or because nothing needs them; each costs CPU for every page.
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.RobotsMiddleware": 100,
    "crawler.middlewares.RetryMiddleware": 550,
    "crawler.middlewares.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": None,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
}
# Statuses and depth are judged by crawler.crawling; a Referer would tell publishers how readers are led.
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
# The crawl itself asks each article once, by its identity rather than its URL.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# The crawl hands out requests newest first; a queue keeps that order, Scrapy's default stack turns it round.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
SCHEDULER_START_MEMORY_QUEUE = None

# ------------------------------------------------------------------------------------------------------------- items
ITEM_PIPELINES = {"crawler.pipelines.StorePipeline": 300}
# Scrapy starts this many tasks for each response: 100 of them cost 0.5 ms a page, 4 of them 0.2 ms. One is enough: the
# spiders yield their requests first and what is to be stored, which waits for its batch, last.
CONCURRENT_ITEMS = 1
# Bytes of answers held while their extraction and storing are under way; beyond that nothing more is asked.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 3_000_000

EXTENSIONS = {
    "crawler.extensions.CrawlKeeper": 0,
    # The table of runs and our report tell what these would.
    "scrapy.extensions.corestats.CoreStats": None,
    "scrapy.extensions.logcount.LogCount": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.memdebug.MemoryDebugger": None,
    "scrapy.extensions.closespider.CloseSpider": None,
    "scrapy.extensions.feedexport.FeedExporter": None,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
}
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"  # nobody reads them, see above
STATS_DUMP = False
# One clear line for each thing that is wrong; `scrapy crawl -L INFO` shows more.
LOG_LEVEL = "WARNING"
LOG_VERSIONS: list[str] = []
# Asks the source of each callback for generators that return values; ours are typed.
WARN_ON_GENERATOR_RETURN_VALUE = False
