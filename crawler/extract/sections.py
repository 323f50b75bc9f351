"""Parts of a page that say in words what they are: a list under "Related", a thread under "Comments", an author's card.

Class names are often hashes; headings and buttons are written for people and are not. Each rule finds a block that
gives a part away and climbs from it to the element that is the part, never into one that may hold the article.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from crawler.extract.blocks import ARTICLE, BODY, H1, HEADINGS, MAIN, Block, Element, Outline
from crawler.extract.chrome import Mark
from crawler.extract.phrases import LINES_REMEMBERED, is_label, labels_advert

LONGEST_HEADING = 60
"""Characters of a line that may head a part."""

MOST_OF_PAGE = 0.2
"""Part of the page's text that a list of links or a form may hold."""

MOST_IN_COMMENTS = 0.85
LEAST_BESIDE = 35.0
"""Comments may hold more than the article, if so much good text remains beside them: two sentences of short news."""

CARD_CHARS = 400
CARD_BLOCKS = 8
DIGEST_CHARS = 1_500
MOST_IN_DIGEST = 0.35
"""An author's card or a box with a button holds at most so much."""

_COMMENTS = re.compile(
    r"\W*(?:(?:all|reader|user|view|\d+|post a|leave a|add a|write a)\s)?(?:comments?|replies|responses|reply"
    r"|discussion)\W*\d*\W*$"
    r"|\W*(?:join the (?:conversation|discussion)|what do you think\??"
    r"|leave a (?:reply|comment).{0,20}|have your say)\W*$"
    r"|\W*\d*\W*(?:kommentare?|commentaires?|comentarios|commenti|reacties|kommentarer|komentarze|комментарии"
    r"|yorumlar?)\W*\d*\W*$"
    r"|\W*(?:전체\s?|독자\s?|최신\s?|네티즌\s?|베스트\s?)?(?:댓글|의견|한줄평|덧글)"
    r"(?:\s?(?:남기기|쓰기|달기|목록|작성|보기|등록))?\W*\d*개?\W*$"
    r"|\W*(?:コメント|評論|评论|留言|网友评论)(?:する|を書く|一覧)?\W*\d*件?\W*$"
)
_BUTTON = re.compile(
    r"\W*(?:(?:기자\s?|채널\s?|뉴스레터\s?)?(?:구독|팔로우|이웃추가|알림\s?받기)(?:하기|중)?|기자\s?(?:페이지|홈)"
    r"|.{0,12}다른\s?기사\s?(?:보기|더보기)"
    r"|follow(?:\s(?:this\s\w+|us|me|author|\w+\son\s\w+))?"
    r"|subscribe(?:\s(?:now|today|here))?|sign\s?up(?:\s(?:now|here))?"
    r"|abonnieren|folgen|jetzt abonnieren|s['’]abonner|je m['’]abonne"
    r"|suivre|suscr[ií]b\w+|seguir|iscriviti|abbonati|segui"
    r"|view (?:all|full) (?:posts?|profile|bio|archive)s?|more (?:by"
    r"|from) (?:this )?author|フォロー(?:する)?|關注|关注|追蹤)\W*$"
)


_MACHINE = r"(?:AI|A\.I\.|KI|IA|ChatGPT|GPT|Gemini|Copilot|artificial intelligence|künstliche\w* intelligenz)"
_MADE = (
    r"(?:generat|creat|written|made|produc|compil|summari[sz]ed|erstell|generier|verfasst|laget|generert|skap|lavet"
    r"|génér|cré|rédig|generad|cread|elaborad|redact|scritt|realizzat|gegenereerd|gemaakt|gerad|criad)"
)
_DIGEST_BY_MACHINE = re.compile(
    rf"\W*(?:{_MACHINE}[- ](?:generated |generierte |powered )?(?:summary|zusammenfassung|overview|takeaways)\W*$"
    rf"|(?=.*\b{_MADE}).{{0,40}}\b(?:summar|key points|takeaways|zusammenf|oppsummer|sammendrag|sammanfatt|résumé|resum"
    rf"|riassunt|samenvat)[^.]{{0,70}}\b{_MACHINE}\b"
    r"|AI\s?(?:가|로|를 활용한|기반|자동)?\s?(?:뉴스|기사|본문|3줄|세줄)?\s?요약\W*$"
    r"|자동\s?요약\W*$|.{0,40}자동\s?요약(?:한|된)\s?결과"
    r"|.{0,20}AI(?:가|로)\s?(?:자동\s?)?요약(?:한|된)\s?(?:내용|결과|글|기사)|.{0,20}AI(?:による|が)?要約)",
    re.IGNORECASE,
)
LONGEST_CONFESSION = 160


@lru_cache(LINES_REMEMBERED)
def _says(text: str) -> int:
    """What a short line gives away: a button of an author's card, the heading of comments, or nothing."""
    low = text.lower()
    if _BUTTON.match(low):
        return Mark.BIO
    return Mark.COMMENTS if _COMMENTS.match(low) else 0


def _is_by_machine(text: str, machines: list[str]) -> bool:
    """Whether a line says that a summary beside it was made by a machine; `machines` are those that the page names."""
    return any(map(text.__contains__, machines)) and _DIGEST_BY_MACHINE.match(text) is not None


def machine_digest(page: Outline, block: Block) -> Element | None:
    """The part around a line that says of what stands beside it that a machine made it of the text."""
    if block.chars > LONGEST_CONFESSION or not _is_by_machine(block.text, list(_MACHINES)):
        return None
    element = page.elements[block.element]
    part = page.elements[element.parent] if element.last - element.first == 1 and element.parent >= 0 else element
    return part if part.chars <= DIGEST_CHARS else element


_MACHINES = ("AI", "A.I.", "KI", "IA", "GPT", "Gemini", "Copilot", "rtificial", "ntelligenz", "자동요약", "자동 요약")


def parts_by_words(page: Outline) -> dict[int, int]:
    """Elements that are chrome by their own words: index to the mark that says what they are."""
    found: dict[int, int] = {}
    total = page.elements[0].good
    elements = page.elements
    titled = [block.index for block in page.blocks if block.kind == H1]
    lines = "\n".join([block.text for block in page.blocks if block.chars <= LONGEST_CONFESSION])
    machines = list(filter(lines.__contains__, _MACHINES))
    for block in page.blocks:
        text = block.text
        if machines and block.chars <= LONGEST_CONFESSION and _is_by_machine(text, machines):
            part = _card(page, block, titled, DIGEST_CHARS)
            if part is not None and part.last - part.first > 1 and part.good < MOST_IN_DIGEST * total:
                found[part.index] = Mark.WIDGET
        if block.chars > LONGEST_HEADING:
            continue
        says = _says(text)
        if says == Mark.BIO:
            card = _card(page, block, titled)
            if card is not None:
                found[card.index] = Mark.BIO
        elif says:
            part = _headed(page, block, MOST_IN_COMMENTS * total, titled)
            if part is not None and part.marks & Mark.BODY and part.good > MOST_OF_PAGE * total:
                # A count of comments above the text heads no comments.
                continue
            if part is not None and total - part.good >= LEAST_BESIDE:
                found[part.index] = Mark.COMMENTS
        elif block.kind in HEADINGS or block.bold or block.chars <= 30:
            # Few lines head a part; what a line says takes longer to tell.
            element = elements[block.element]
            if element.last - element.first == 1 and elements[element.parent].first != block.index:
                continue
            part = _headed(page, block, MOST_OF_PAGE * total, titled)
            if part is None or not part.links or not is_label(text):
                continue
            if not (part.paragraphs and labels_advert(text)):
                found[part.index] = Mark.RELATED
    for index in page.textareas:
        part = _form(page, page.elements[index], MOST_OF_PAGE * total, titled)
        if part is not None:
            found[part.index] = Mark.COMMENTS
    return found


def parts_with_inputs(page: Outline) -> dict[int, int]:
    """Small elements around a field that asks for an address, a name or words to search."""
    if not page.inputs:
        return {}
    found: dict[int, int] = {}
    titled = [block.index for block in page.blocks if block.kind == H1]
    for index in page.inputs:
        best: Element | None = None
        element = page.elements[index]
        for _ in range(4):
            if element.chars > CARD_CHARS or element.paragraphs > 2 or _may_hold_article(element, titled):
                break
            best = element
            if element.parent < 0:
                break
            element = page.elements[element.parent]
        if best is not None:
            found[best.index] = Mark.PROMO
    return found


def _may_hold_article(element: Element, titled: list[int]) -> bool:
    """`titled` are the indices of the blocks that are an h1."""
    if element.tag in _WHOLE:
        return True
    place = bisect_left(titled, element.first)
    return place < len(titled) and titled[place] < element.last


_WHOLE = frozenset((ARTICLE, MAIN, BODY))


def _headed(page: Outline, block: Block, most: float, titled: list[int]) -> Element | None:
    """The largest element that begins with this block and holds no more good text than `most`."""
    element = page.elements[block.element]
    best: Element | None = None
    for _ in range(6):
        if element.first != block.index or element.good > most or _may_hold_article(element, titled):
            break
        if element.last - element.first > 1:
            best = element
        if element.parent < 0:
            break
        element = page.elements[element.parent]
    return best


def _card(page: Outline, block: Block, titled: list[int], most: int = CARD_CHARS) -> Element | None:
    """The largest small element around a line; one around a button has at most one paragraph."""
    element = page.elements[block.element]
    best: Element | None = None
    paragraphs = 1 if most == CARD_CHARS else CARD_BLOCKS
    for _ in range(5):
        if element.chars > most or element.last - element.first > CARD_BLOCKS or element.paragraphs > paragraphs:
            break
        if _may_hold_article(element, titled):
            break
        best = element
        if element.parent < 0:
            break
        element = page.elements[element.parent]
    return best


def _form(page: Outline, element: Element, most: float, titled: list[int]) -> Element | None:
    """The largest element around a text area that holds no more good text than `most`."""
    best: Element | None = None
    for _ in range(6):
        if element.good > most or _may_hold_article(element, titled) or element.parent < 0:
            break
        best = element
        element = page.elements[element.parent]
    return best
