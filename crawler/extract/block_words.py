"""Words that tell the judge of blocks something: in the names of elements, and in the lines themselves."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from crawler.extract.blocks import Block

WORDS: Final = {
    "box": "box infobox factbox factsbox fact facts fakta faktaboks faktaruta info kasten inset callout panel card"
    " accordion expandable collapsible expander details background explainer glossary timeline poll quiz",
    "embed": "embed embedded embeds twitter tweet instagram facebook tiktok youtube video player iframe social external"
    " oembed optin opener podcast audio widget",
    "teaser": "teaser teasers more readmore linkbox link links item items list listing grid series collection topic"
    " topics news stories story hub tile tiles latest read",
    "picture": "image img images media figure photo photos picture gallery slide slideshow carousel credit copyright"
    " bildunterschrift legend bild foto",
    "person": "author authors bio profile expert person about contributor writer editor journalist reporter",
    "text": "paragraph paragraphs text textblock p body content copy richtext rich wysiwyg prose entry story article",
    "heading": "title headline subtitle subheading subhead crosshead heading zwischentitel intertitle section",
    "lead": "lead lede intro summary standfirst excerpt abstract dek deck ingress vorspann chapo chapeau sapo kicker",
    "quote": "quote quotes blockquote pullquote pull zitat citation",
    "offer": "product products offer offers deal deals price affiliate shop kauf buy amazon merchant review",
    "note": "note notes notice disclaimer hint correction footnote footnotes footer end bottom after meta info agency",
    "digest": "key points keypoints takeaways takeaway highlights bullets tldr ai summarize brief glance overview toc"
    " contents",
    "layout": "container wrapper inner outer col column row main grid block module component",
}
"""What class words speak of beyond `chrome.Mark`: whether a box is text, no single word tells."""

_bits_of_word: Final = {
    word: 1 << place | sum(1 << other for other, more in enumerate(WORDS.values()) if word in more.split())
    for place, words in enumerate(WORDS.values())
    for word in words.split()
}
_PARTS = re.compile(r"[A-Za-z][a-z]+|[A-Z]+|[a-z]+")


@lru_cache(8_192)
def spoken_of(names: str) -> int:
    """What an element's names speak of: a bit for each row of `WORDS`."""
    bits = 0
    for word in _PARTS.findall(names[:300]):
        bits |= _bits_of_word.get(word.lower(), 0)
    return bits


_ASKING: Final = """
newsletter whatsapp telegram facebook instagram twitter threads bluesky youtube tiktok linkedin podcast spotify app apps
google android email e-mail inbox subscribe signed sign register login log account join follow donate support member
reader comment cookie copyright rights disclaimer disclosure contributed contributor editor reporter
abo abonnieren abonnent anmelden registrieren kostenlos leser kommentar datenschutz redaktion quelle foto fotos kanal
folgen folge inscrivez abonnez abonnés suivez suivre gratuit lettre lecteurs soutenez commentaires
suscríbete suscripción sigue síguenos únete boletín gratis lectores canal iscriviti segui seguici canale lettori
assine siga cadastre leitores volg prenumerera följ nyhetsbrev nyhedsbrev uutiskirje følg
subskrybuj obserwuj kanał kanale odebírejte sledujte hírlevél iratkozz abone takip bülten kanalı
подпишитесь подписывайтесь телеграм телеграм-канал канал рассылка підписуйтесь langganan ikuti saluran saksikan
구독 구독과 구독하기 제보 제보는 카카오톡 채널 유튜브 무단 재배포 저작권자 뉴스레터 좋아요 알림 홈페이지
"""
STEM: Final = 5
_asking_stems = frozenset(word[:STEM] for word in _ASKING.split())
"""Words by which pages ask something of their readers or speak of themselves, by their first letters."""

_UNSPACED: Final = "登録 会員 フォロー 公式 無断 転載 メルマガ 有料 関注 关注 订阅 訂閱 下载 下載 追蹤 公众号"
_asking_unspaced = frozenset(_UNSPACED.split())


LONGEST_PLEA: Final = 300
"""Characters of the longest line that is looked at."""


def asking(blocks: list[Block]) -> list[int]:
    """How many different words each block has by which pages ask something; none in a block that is no line."""
    lines = [block.text.lower() if block.chars < LONGEST_PLEA else "" for block in blocks]
    # Few words of a page are such, so that most lines need not be cut into theirs.
    said = [word for word in set(" ".join(lines).split()) if word[:STEM] in _asking_stems]
    counts: list[int] = []
    for block, line in zip(blocks, lines, strict=True):
        stems = 0
        if any(map(line.__contains__, said)):
            stems = len(_asking_stems.intersection([word[:STEM] for word in line.split()]))
        # A script without blanks: a letter of it counts about twice.
        if line and block.size >= 1.5 * block.chars:
            stems += sum(map(block.text.__contains__, _asking_unspaced))
        counts.append(stems)
    return counts
