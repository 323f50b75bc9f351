"""What a URL names: its fetchable form, its identity, its publisher. Pure.

The identity (`url_key`) is deliberately coarser than the fetchable form (`normalize_url`): campaign parameters,
sessions, AMP and mobile variants name the same article; parameters that look as if they chose an article stay.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urljoin, urlsplit

if TYPE_CHECKING:
    from tldextract import TLDExtract

MAX_URL: Final = 2048
"""Longest normalized URL, characters: what browsers and servers agree on carrying."""
MAX_RAW_URL: Final = 8192
"""Longest URL looked at, before it is normalized."""
MAX_PARAMETERS: Final = 64

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_NOISE = re.compile(r"[\t\r\n]+")
_EDGE = "".join(map(chr, range(0x21)))
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_FOREIGN = re.compile(r"[^\x00-\x7f\ud800-\udfff]+")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE = "/:@!$'()*+,;=-._~%?&"
_ASCII_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_KEPT = "%(?:[01][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]|[89A-F][0-9A-F])"  # of all but unreserved characters
_CLEAN = re.compile(
    # Already normal (few labels, no dot segments, no needless escapes): most links are, and skip the long way.
    r"https?://(?:[a-z0-9][a-z0-9-]{0,61}[a-z0-9]?\.){1,3}[a-z]{2,24}/"
    rf"(?:(?:[A-Za-z0-9_~@=-]|{_KEPT})(?:[A-Za-z0-9._~,:;@!$&'()*+=-]++|{_KEPT})*+"
    rf"(?:/(?=[A-Za-z0-9_~@=%-])|/?(?=\?|\Z)))*(?:\?(?:[A-Za-z0-9._~=&,:;@!$'()*+/?-]++|{_KEPT})++)?"
)

# ---------------------------------------------------------------------------------- tables of what names nothing
_TRACKER_NAMES: Final = """
    fbclid gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid msclkid yclid ysclid twclid ttclid igshid
    igsh li_fat_id epik mibextid srsltid _ga _gl _hsenc _hsmi __s __twitter_impression _openstat guccounter
    guce_referrer guce_referrer_sig mkt_tok vero_id vero_conv oly_anon_id oly_enc_id rb_clickid s_cid s_kwcid
    ef_id wickedid spm scm trk trkcampaign cmpid ncid smid smtyp xtor ns_source ns_mchannel ns_campaign
    ns_linkname ns_fee wt_mc wt.mc_id wt_zmc fb_action_ids fb_action_types fb_source fb_ref ref_src ref_url
    refer referer referrer ref_ _ nocache cachebuster n_cid icid ito share_id share_from sharer soc_src soc_trk
    tsrc partner_id ocid cvid pc_campaign sns nsukey isappinstalled usqp amp_js_v amp_gsa dicbo taboola_click_id
    tblci ob_click_id obclid
"""
_TRACKERS: Final = frozenset(_TRACKER_NAMES.split())
_TRACKER_PREFIXES: Final = (
    "utm_",
    "pk_",
    "mtm_",
    "matomo_",
    "piwik_",
    "hsa_",
    "mc_",
    "at_",
    "utm.",
    "ga_",
    "_bhlid",
    "__cf_",
    "hmb_",
)
_SOFT_TRACKERS: Final = frozenset(
    ["ref", "from", "source", "src", "via", "share", "shared", "origin", "campaign", "medium", "channel"]
)
"""Trackers on one site, identifiers on another: dropped unless the value could be an article's number."""
_SESSIONS: Final = frozenset(
    [
        "phpsessid",
        "jsessionid",
        "aspsessionid",
        "asp.net_sessionid",
        "cfid",
        "cftoken",
        "sessionid",
        "session_id",
        "sessid",
        "osid",
        "zenid",
    ]
)
_SHORT_SESSIONS: Final = frozenset(["sid", "s", "session"])
_SESSION_VALUE = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9._-]{16,}")
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;]*", re.IGNORECASE)
_VARIANT_PAIRS: Final = """
    amp=1 amp=true amp= amp=amp outputtype=amp output=amp format=amp view=amp m=1 m=0 mobile=1 mobile=true ismobile=1
    device=mobile device=pc noamp=mobile
"""
_VARIANTS: Final = frozenset(_VARIANT_PAIRS.split())
_INDEX_PAGES: Final = frozenset(
    {"index.html", "index.htm", "index.php", "index.jsp", "index.asp", "index.aspx", "default.asp", "default.aspx"}
)
_VARIANT_HOST = re.compile(r"(?:www?\d{0,2}|m|mobile|amp|touch)\.")
_AMP_SUFFIX = re.compile(r"(?:\.amp(?=\.html?$)|\.amp$|(?<=/)amp(?:\.html?)?$)", re.IGNORECASE)
_AMP_VIEW = re.compile(r"(view)amp(?=\.html?$)", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
_AMP_CACHE = re.compile(
    r"(?:[^/]+\.)?cdn\.ampproject\.org/[acv]/(?:s/)?(.+)|(?:www\.)?google\.[a-z.]{2,6}/amp/(?:s/)?(.+)"
)

_SITE_PARAMETERS: Final[dict[str, frozenset[str]]] = {
    # Section, ranking and entry-point parameters of the portals: oid and aid (or the path) name the article.
    "naver.com": frozenset(["sid", "sid1", "sid2", "mode", "mid", "ntype", "cds", "rc", "lfrom"]),
    "daum.net": frozenset(["f", "x_trkm", "rmcp"]),
}
_SITE_PREFIXES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "naver.com": (("/mnews/article/", "/article/"),),
    "tistory.com": (("/m/", "/"),),
}
_BLOG_HOSTS: Final = frozenset(
    [
        "tistory.com",
        "wordpress.com",
        "substack.com",
        "medium.com",
        "tumblr.com",
        "egloos.com",
        "ghost.io",
        "beehiiv.com",
        "seesaa.net",
        "livedoor.blog",
    ]
)
"""Hosts whose subdomains are publishers of their own, beyond the private section of the public suffix list."""


# -------------------------------------------------------------------------------------------- the fetchable form
def normalize_url(url: str, base: str | None = None) -> str | None:
    """The absolute form of `url` that is fetched, or `None` when there is none.

    `base` is the absolute URL of the page (or its ``<base href>``) that carries a relative one. Scheme and host are
    lower case, the host IDNA (UTS 46) without user name, default port and last dot; dot segments are resolved, the
    fragment is dropped, escapes are upper-case UTF-8. Only http and https, at most `MAX_URL` characters. Idempotent;
    never raises.
    """
    if len(url) <= MAX_URL:
        if _CLEAN.fullmatch(url):
            return url
        if not url.isascii():  # such as a Korean slug, with nothing else to be mended
            written = _FOREIGN.sub(_in_escapes, url)
            if len(written) <= MAX_URL and _CLEAN.fullmatch(written):
                return written
    url = _NOISE.sub("", url.strip(_EDGE))
    if not url or len(url) > MAX_RAW_URL:
        return None
    try:
        if base is not None:
            url = urljoin(base, url)
        parts = urlsplit(url.replace("\\", "/"))
        scheme = parts.scheme
        if scheme not in DEFAULT_PORTS:
            return None
        host = _host(parts.hostname or "")
        port = parts.port
    except ValueError:
        return None
    if host is None or port == 0:
        return None
    if port is not None and port != DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    path = _remove_dot_segments(_escaped(parts.path, _PATH_SAFE))
    query = _escaped(parts.query, _QUERY_SAFE)
    result = f"{scheme}://{host}{path}?{query}" if query else f"{scheme}://{host}{path}"
    return result if len(result) <= MAX_URL else None


@lru_cache(maxsize=4096)
def _host(host: str) -> str | None:
    """The host as it is asked for: lower case, IDNA; IPv6 in brackets. `None` for one that cannot exist."""
    if ":" in host:
        try:
            return f"[{IPv6Address(host)}]"
        except ValueError:
            return None
    host = unquote(host).rstrip(".").lower()
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True, transitional=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    if not _ASCII_HOST.fullmatch(host) or ".." in host or any(len(label) > 63 for label in host.split(".")):
        return None
    # A last label of digits (or 0x…) makes browsers read an IPv4 address in old notations: only the plain one is taken.
    last = host.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        try:
            return str(ip_address(host))
        except ValueError:
            return None
    return host


def _escaped(part: str, safe: str) -> str:
    """Percent-encodes what must be, with upper-case escapes and unreserved characters bare (RFC 3986, 6.2.2)."""
    if not part:
        return part
    if "%" in part:
        part = _BARE_PERCENT.sub("%25", part)
        part = _ESCAPE.sub(_unreserved, part)
    return quote(part, safe=safe, errors="replace")


def _in_escapes(match: re.Match[str]) -> str:
    return "%" + match[0].encode().hex("%").upper()


def _unreserved(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _remove_dot_segments(path: str) -> str:
    if "/." not in path:
        return path if path.startswith("/") else f"/{path}"
    done: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            if done:
                done.pop()
        elif segment != ".":
            done.append(segment)
    if segments and segments[-1] in (".", ".."):
        done.append("")
    return "/" + "/".join(done)


# ------------------------------------------------------------------------------------------------------ identity
def url_key(url: str) -> str:
    """What the URL names, without scheme: ``example.com/news/1?idxno=5``.

    Equal for tracking, session, AMP and mobile variants. A URL that `normalize_url` refuses is its own key. Cheap
    enough for every link of a listing (under 20 microseconds).
    """
    normal = normalize_url(url)
    if normal is None:
        return url[:MAX_URL]
    rest = normal.partition("://")[2]
    for _ in range(2):
        if not (cached := _AMP_CACHE.fullmatch(rest)):
            break
        inner = normalize_url("https://" + (cached[1] or cached[2]))
        if inner is None:
            break
        rest = inner.partition("://")[2]
    place, _, query = rest.partition("?")
    host, _, path = place.partition("/")
    name, port = _split_port(host)
    registrable = _registrable(name)
    path = _key_path("/" + path, registrable)
    query = _key_query(query, registrable)
    place = _key_host(name, registrable) + port
    return f"{place}{path}?{query}" if query else f"{place}{path}"


def _split_port(host: str) -> tuple[str, str]:
    """``host`` and ``:port`` (or nothing) of a normalized host, IPv6 included."""
    end = host.find(":", host.find("]") + 1)
    return (host, "") if end < 0 else (host[:end], host[end:])


@lru_cache(maxsize=4096)
def _key_host(host: str, registrable: str) -> str:
    while host != registrable and (match := _VARIANT_HOST.match(host)) and len(host) - match.end() >= len(registrable):
        host = host[match.end() :]
    return host


def _key_path(path: str, registrable: str) -> str:
    if ";" in path:
        path = _PATH_SESSION.sub("", path)
    if "//" in path:
        path = _SLASHES.sub("/", path)
    for prefix, plain in _SITE_PREFIXES.get(registrable, ()) or _SITE_PREFIXES.get(registrable.partition(".")[2], ()):
        if path.startswith(prefix):
            path = plain + path[len(prefix) :]
    path = path.rstrip("/")
    lower = path[-12:].lower()
    if "amp" in lower:
        path = _AMP_VIEW.sub(r"\1", _AMP_SUFFIX.sub("", path)).rstrip("/")
    if path[:5].lower() == "/amp/":
        path = path[4:]
    if (last := path.rfind("/")) >= 0 and path[last + 1 :].lower() in _INDEX_PAGES:
        path = path[:last]
    return path.rstrip("/") or "/"


def _key_query(query: str, registrable: str) -> str:
    if not query:
        return ""
    dropped = _SITE_PARAMETERS.get(registrable, frozenset())
    kept = {pair for pair in query.split("&")[:MAX_PARAMETERS] if pair and _identifies(pair, dropped)}
    return "&".join(sorted(kept))


def _identifies(pair: str, dropped: frozenset[str]) -> bool:
    """Whether a query parameter could choose an article."""
    name, equals, value = pair.partition("=")
    name = name.lower()
    if name in _TRACKERS or name in _SESSIONS or name in dropped or name.startswith(_TRACKER_PREFIXES):
        return False
    if f"{name}={value.lower()}" in _VARIANTS or (equals and not value):
        return False
    if name in _SOFT_TRACKERS:
        return value.isdigit() and len(value) > 3
    return not (name in _SHORT_SESSIONS and _SESSION_VALUE.fullmatch(value))


def article_id(key: str) -> str:
    """The article's id in every store: the first 32 hex digits of SHA-256 of its `url_key`."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# --------------------------------------------------------------------------------------- publisher and canonical
@cache
def _suffixes() -> TLDExtract:
    # The snapshot inside the package; no list is fetched and nothing is written to a cache folder.
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=4096)
def _registrable(host: str) -> str:
    """The domain somebody registered; without a known suffix the last two labels; an address is its own."""
    if host.startswith("[") or host.rpartition(".")[2].isdigit() or "." not in host:
        return host
    parts = _suffixes().extract_str(host)
    domain = parts.top_domain_under_public_suffix
    if not domain:
        return host if parts.suffix else ".".join(host.split(".")[-2:])
    if domain in _BLOG_HOSTS and host != domain:
        return ".".join(host.split(".")[-domain.count(".") - 2 :])
    return domain


def publisher(url: str) -> str:
    """Who publishes `url`: the registrable domain (a blog host's subdomain counts as one), offline.

    IP addresses, localhost and other one-word hosts have no domain: host:port, so that two local servers stay two.
    A URL that can't be fetched is its own publisher.
    """
    normal = normalize_url(url)
    if normal is None:
        return url[:MAX_URL]
    scheme, _, rest = normal.partition("://")
    host, port = _split_port(rest.partition("/")[0].partition("?")[0])
    if host.startswith("[") or host.rpartition(".")[2].isdigit() or "." not in host or host.endswith(".localhost"):
        return host + (port or f":{DEFAULT_PORTS[scheme]}")
    registrable = _registrable(host)
    return registrable.removeprefix("www.") if registrable.partition(".")[2] in _BLOG_HOSTS else registrable


def believed_canonical(asked: str, final: str, canonical: str | None) -> str:
    """The URL that names the article: what the page calls canonical when that can be true, else where it was found.

    `asked` was requested, `final` answered (after redirects), `canonical` is as written on the page. Not believed:
    another publisher's URL (a copy is an article of its own), and one that names no article although `final` does,
    such as the site's root, a section that many articles share, or the article script without its number.
    """
    found = normalize_url(final) or normalize_url(asked)
    if found is None:
        return final
    named = normalize_url(canonical, base=found) if canonical else None
    if named is None or named == found or publisher(named) != publisher(found):
        return found
    if _is_root(named) and not _is_root(found):
        return found
    if not names_article(named) and names_article(found):
        return found
    return named


def _is_root(url: str) -> bool:
    _, _, rest = url_key(url).partition("/")
    return not rest


_SLUG_WORDS: Final = 3
_SLUG_LETTERS: Final = 12
_LONG_SLUG: Final = 24
_NUMBER = re.compile(r"\d{3}|^\d+$|[?&=/]\d+(?:$|&)")
_WORDS = re.compile(r"[-_+\s]+")


def names_article(url: str) -> bool:
    """Whether path or query could tell one article from another: by a number or a long slug."""
    _, _, rest = url_key(url).partition("/")
    path, _, query = rest.partition("?")
    if _NUMBER.search("?" + query) if query else False:
        return True
    end = unquote(path.rpartition("/")[2])
    if _NUMBER.search(path) or len(end) >= _LONG_SLUG or re.fullmatch(r"\d+(?:\.\w{2,5})?", end):
        return True
    return len(end) >= _SLUG_LETTERS and len(_WORDS.split(end)) >= _SLUG_WORDS
