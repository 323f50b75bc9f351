"""Dates counted back from now: ``3시간 전``, ``어제``, ``3 hours ago``, ``vor 3 Stunden``, ``3時間前``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extract.dates.hit import Hit

MINUTE, HOUR, DAY = 60, 3600, 86_400

_UNIT_NAMES = {
    1: """초 秒 秒钟 秒鐘 second seconds sec secs s sekunde sekunden seconde secondes segundo segundos secondi secondo
        секунд секунды секунду sekunder sekund giây detik saniye""",
    MINUTE: """분 分 分钟 分鐘 分間 minute minutes min mins m minuten minuto minutos minuti minuut минут минуты минуту
        minuter minutter minutt minut minuty minutę хвилин хвилини phút menit dakika λεπτά""",
    HOUR: """시간 時間 小时 小時 个小时 個小時 hour hours hr hrs h std stunde stunden heure heures hora horas ora
        ore uur uren час часа часов timmar timme timer time godzin godziny godzinę годин години giờ jam saat
        tuntia ώρες""",
    DAY: """일 日 日間 天 day days d tag tage tagen jour jours día días dia dias giorno giorni dag dagen dagar dager
        dage день дня дней dni dzień ngày hari gün päivää днів дні""",
    7 * DAY: """주 주일 週間 週 周 星期 week weeks w wk wks woche wochen semaine semaines semana semanas settimana
        settimane weken vecka veckor uke uker uge uger неделя недели недель неделю tydzień tygodnie tygodni tuần
        minggu hafta""",
    30 * DAY: """개월 달 か月 ヶ月 カ月 个月 個月 month months mo mos monat monate monaten mois mes meses mese mesi
        maand maanden månad månader måned måneder месяц месяца месяцев miesiąc miesiące miesięcy tháng bulan ay""",
    365 * DAY: """년 年 年間 year years yr yrs y jahr jahre jahren an ans año años ano anos anno anni jaar jaren år
        год года лет rok lata lat năm tahun yıl""",
}
UNITS = {name: seconds for seconds, names in _UNIT_NAMES.items() for name in names.split()}
"""Name of a unit in some language to seconds; months are 30 days, years 365."""

_EAST = re.compile(
    r"(?<![\d.])(\d{1,3})\s?(초|분|시간|일|주일|주|개월|달|년|秒钟|秒鐘|秒|分钟|分鐘|分間|分|時間|个小时|個小時|小时|小時|日間|日|天|週間|週|周"
    r"|か月|ヶ月|カ月|个月|個月|年)\s?(?:전|前|以前|之前)"
)
_AGO = re.compile(
    r"(?<![\d.])(\d{1,3}|an?|one|vor|ein[er]?|une?|uma?|eine[mr]|en)\s?([^\W\d_]{1,9})\.? "
    r"(?:ago|fa|geleden|sedan|siden|назад|temu|тому|trước|lalu|yang lalu|önce|sitten|atrás|πριν)(?![^\W\d_])",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?<![^\W\d_])(?:vor|il y a|hace|há|ha|acum|πριν(?: από)?|prije|przed|pred|před)\s"
    r"(\d{1,3}|ein(?:er|em)?|une?|una?|uma?|en|et)\s?([^\W\d_]{1,9})(?![^\W\d_])",
    re.IGNORECASE,
)
_SHORT = re.compile(r"\s*(\d{1,3})(m|h|hr|hrs|d|w)\s*", re.IGNORECASE)

_DAY_NAMES = {
    -1: """방금 방금전 방금_전 조금전 조금_전 지금 just_now moments_ago right_now たった今 刚刚 剛剛 gerade_eben
        à_l'instant ahora_mismo agora_mesmo только_что""",
    0: """오늘 today 今日 今天 本日 heute aujourd'hui hoy oggi hoje vandaag idag i_dag dzisiaj dziś сегодня сьогодні
        hôm_nay bugün""",
    1: """어제 yesterday 昨日 昨天 gestern hier ayer ieri ontem gisteren igår i_går wczoraj вчера вчора hôm_qua kemarin
        dün eilen včera""",
    2: """그제 그저께 엊그제 一昨日 前天 vorgestern avant-hier anteayer позавчера przedwczoraj""",
}
_WORDS = {name.replace("_", " "): days for days, names in _DAY_NAMES.items() for name in names.split()}
GONE_BY = frozenset(name for name, days in _WORDS.items() if days) - {"지금"}
"""Words that alone tell that something came out just now or some days ago; "today" is a section's name as well."""

# A Korean word goes on where a syllable follows (오늘뉴스 is an outlet), unless that begins the hour of the day.
_KOREAN_END = "(?!(?!오전|오후|새벽|아침|낮|저녁|밤)[가-힣])"
_EAST_NAMES = "|".join(
    re.escape(name) + (_KOREAN_END if "가" <= name[0] <= "힣" else "")
    for name in sorted(_WORDS, key=len, reverse=True)
    if name[0] >= "\u1100"
)
_NAMED = re.compile(
    _EAST_NAMES
    + "|"
    + "|".join(
        rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])"
        for name in sorted(_WORDS, key=len, reverse=True)
        if name[0] < "\u1100"
    ),
    re.IGNORECASE,
)
_ONLY_IN = {"hier": "fr", "ora": "it"}  # words that say something else in a neighbouring language

_TELLING = """ago fa geleden sedan siden назад temu тому trước lalu önce sitten atrás πριν vor il hace há ha acum
    prije przed pred před"""
TELLTALE = frozenset(_TELLING.split()) | {re.split(r"[^\w-]", name)[0] for name in _WORDS if name[0] < "\u1100"}
"""Words (casefolded) one of which is in every such date of a spaced script."""

_FIRST_WORDS = frozenset(re.split(r"[^\w]", name)[0] for name in _WORDS if name[0] < "\u1100")
EAST_NAMED = re.compile(_EAST_NAMES)
"""The words that tell a day without a number in Korean, Japanese and Chinese."""

_EAST_ANY = re.compile(rf"[전前]|{_EAST_NAMES}")


def hits(text: str, words: frozenset[str], language: str | None) -> Iterator[Hit]:
    """Every such date in a text; `words` are its words, casefolded.

    Hours and minutes are kept to the minute. A unit alone (``3h``) and a day's name without a number are bare.
    """
    told = not TELLTALE.isdisjoint(words)
    east = not text.isascii() and _EAST_ANY.search(text) is not None
    for pattern in (*((_EAST,) if east else ()), *((_AGO, _BEFORE) if told else ())):
        for found in pattern.finditer(text):
            unit = UNITS.get(found[2].lower())
            if unit is not None:
                yield _counted(found.start(), found.end(), int(found[1]) if found[1].isdecimal() else 1, unit)
    if short := _SHORT.fullmatch(text):
        yield _counted(short.start(), short.end(), int(short[1]), UNITS[short[2].lower()], bare=True)
    if not (_FIRST_WORDS & words or (east and EAST_NAMED.search(text))):
        return
    for found in _NAMED.finditer(text):
        name = found[0].lower()
        if name in _ONLY_IN and not (language or "").startswith(_ONLY_IN[name]):
            continue
        days = _WORDS[name]
        if days < 0:
            yield Hit(found.start(), found.end(), seconds_ago=0, bare=True)
        else:
            yield Hit(found.start(), found.end(), days_ago=days, bare=True)


def _counted(start: int, end: int, number: int, unit: int, bare: bool = False) -> Hit:
    if unit < DAY:
        return Hit(start, end, seconds_ago=number * unit, bare=bare)
    return Hit(start, end, days_ago=number * unit // DAY, bare=bare)
