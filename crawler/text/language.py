"""Which language a text is written in: by its script, then by the short words that only one language uses so often."""

from __future__ import annotations

import re
from typing import Final

from crawler.text.characters import HAN, KANA

SAMPLE = 1000
"""Characters looked at for words: function words settle a language within a few hundred."""
SCRIPT_SAMPLE = 300
"""Characters looked at for the script, at the beginning and in the middle each."""
LEAST_LETTERS = 12
"""Under this many letters only the script, and what the page declares, can tell."""
LEAST_WORDS = 3
"""Function words that must be met; fewer happen by chance (names, quotations)."""
LEAST_SHARE = 0.08
"""Least share of words that are function words: running text has 15 % (Turkish) to 50 % (English)."""
LEAD = 1.15
"""How far ahead the best language must be of the second; else what the page declares decides between them."""
DECLARED_SHARE = 0.7
"""A declared language wins when it has at least this share of the best score: close kin (no/da, id/ms, sr/bg)."""

_SCRIPTS: dict[str, re.Pattern[str]] = {
    "hangul": re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]+"),
    "kana": re.compile(f"[{KANA}]+"),
    "han": re.compile(f"[{HAN}]+"),
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+"),
    "cyrillic": re.compile("[\u0400-\u052f]+"),
    "arabic": re.compile("[\u0620-\u065f\u066e-\u06d3\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]+"),
    "devanagari": re.compile("[\u0900-\u097f]+"),
}
_ONE_LANGUAGE: dict[str, re.Pattern[str]] = {
    "el": re.compile("[\u0370-\u03ff\u1f00-\u1fff]+"),
    "he": re.compile("[\u0590-\u05ff]+"),
    "th": re.compile("[\u0e00-\u0e7f]+"),
    "lo": re.compile("[\u0e80-\u0eff]+"),
    "my": re.compile("[\u1000-\u109f]+"),
    "km": re.compile("[\u1780-\u17ff]+"),
    "ka": re.compile("[\u10a0-\u10ff]+"),
    "hy": re.compile("[\u0530-\u058f]+"),
    "bn": re.compile("[\u0980-\u09ff]+"),
    "pa": re.compile("[\u0a00-\u0a7f]+"),
    "gu": re.compile("[\u0a80-\u0aff]+"),
    "ta": re.compile("[\u0b80-\u0bff]+"),
    "te": re.compile("[\u0c00-\u0c7f]+"),
    "kn": re.compile("[\u0c80-\u0cff]+"),
    "ml": re.compile("[\u0d00-\u0d7f]+"),
    "si": re.compile("[\u0d80-\u0dff]+"),
    "am": re.compile("[\u1200-\u137f]+"),
}
_USUAL = re.compile(r"[\x00-\u024f\u1100-\u11ff\u2000-\u206f\u3000-\u318f\u4e00-\u9fff\uac00-\ud7a3]*")

_FUNCTION_WORDS: dict[str, dict[str, str]] = {
    "latin": {
        "en": (
            "the of and to in that is was for with on as by at from this it he she they his her are be has have "
            "had said not but who which will were their an or would been after about we you i"
        ),
        "de": (
            "der die das und den von zu mit im ist des dem nicht ein eine auf für auch sich als es an werden aus "
            "er hat dass sie nach wird bei einer um am sind noch wie einem über so zum war haben nur oder aber "
            "vor zur bis mehr durch man"
        ),
        "fr": (
            "le la les de des du et en un une est que pour dans qui par sur pas plus au avec il ce ne se sont aux "
            "cette mais ou ont été elle leur ses son nous vous être comme à a d l c'est après"
        ),
        "es": (
            "el la los las de del y en un una que es por con para se no su al como más lo sus pero fue ha este "
            "esta entre cuando muy sin sobre también hasta hay desde son está sido años"
        ),
        "it": (
            "il lo la i gli le di del della dei delle e che un una in per con non è si da al alla nel nella dal "
            "sono come anche più ha ma questo questa dopo stato essere gli tra cui suo sua"
        ),
        "pt": (
            "o a os as de do da dos das e que em um uma para com não no na nos nas por mais se como foi ao pelo "
            "pela são também é ser sua seu mas entre já até anos isso está ele ela"
        ),
        "nl": (
            "de het een en van in is dat op te zijn met voor niet aan er die door ook als bij maar om uit naar "
            "dan nog wordt worden werd hebben heeft had was zich hij ze over tot meer geen kan zo wat deze"
        ),
        "sv": (
            "och att det som en på är av för den med till inte om ett han har de var från men vi sig så kan ska "
            "efter också när vid eller hon hade under nu där år säger"
        ),
        "no": (
            "og det er på som en for at av til med den i ikke har et de om han var fra men vi seg så kan skal "
            "etter også når ved eller hun hadde sier være ble blir ut år mot noe"
        ),
        "da": (
            "og det er på som en for at af til med den i ikke har et de om han var fra men vi sig så kan skal "
            "efter også når ved eller hun havde siger være blev bliver ud år mod noget"
        ),
        "fi": (
            "ja on ei että se oli hän mutta myös kun joka ovat sekä jo niin kuin mukaan vuoden ole tai vain jos "
            "sen ollut ovat olisi nyt sitä noin kanssa mitä tämä"
        ),
        "et": (
            "ja on ei et see oli ta ka kui mis aga oma ning või seda selle siis nii kes veel olid ole pärast tema "
            "kuid eesti"
        ),
        "pl": (
            "i w na z że nie się do to jest jak o za po od przez dla ale ma tak już tym które który co być są "
            "było tego oraz też jego może przed która tylko czy"
        ),
        "cs": (
            "a v na se že je s z do o to jako i pro by za ve ale po od které který jsou byl také podle jeho už si "
            "ze při však nebo před až tím což jsem"
        ),
        "sk": (
            "a v na sa že je s z do o to ako aj pre by za vo ale po od ktoré ktorý sú bol podľa jeho už si zo pri "
            "však alebo pred až tým čo som"
        ),
        "hu": (
            "a az és hogy nem is egy volt meg ez de azt csak már el még mint ha kell szerint után vagy van lesz "
            "ki ezt között lehet sem aki ami"
        ),
        "ro": (
            "de și în a la cu pe că din care nu este un o pentru mai se au fost sau dar ce le prin după fi sunt "
            "al ale lui să ca între această acest"
        ),
        "hr": (
            "i u je da se na za su s od a o koji koja što nije kako će bi ali ili te iz samo već do koje biti još "
            "bio kao prema sve može ako"
        ),
        "sl": (
            "in je da se v na za so s od a o ki ni kot tudi bi pa ali po iz še že do biti bil pri bo kar lahko ko "
            "zaradi"
        ),
        "lt": (
            "ir kad yra į su iš tai buvo kaip o ne apie už bet nuo jau taip per dėl po tik jo prie būti gali "
            "pagal savo metų"
        ),
        "lv": "un ir ka par ar no uz kas to bet arī tas pēc bija tika lai kā nav gan vai tiek savu jau līdz gada šo",
        "tr": (
            "ve bir bu için ile da de olarak olan çok daha en gibi kadar sonra ne var ama ise olduğunu değil dedi "
            "o her ki yeni tarafından göre oldu"
        ),
        "az": (
            "və bir bu üçün ilə də olan daha ki onun olaraq sonra çox edib olub bildirib deyib etmək üzrə isə "
            "qədər"
        ),
        "vi": (
            "và của là có trong được cho với các không một những người này đã để từ khi ông vào ra đến tại cũng "
            "về trên như năm nhiều theo"
        ),
        "id": (
            "yang dan di ke dari untuk dengan ini itu pada tidak dalam adalah akan juga oleh sebagai karena ada "
            "telah bisa mereka saat para lebih kata sudah tahun atau"
        ),
        "tl": (
            "ang ng sa na mga at ay ni si kay para hindi ito siya ko niya nang may kung din rin sinabi ayon "
            "kanyang mula noong"
        ),
        "sw": (
            "ya na wa kwa ni la katika za cha kuwa hiyo hii alisema amesema huo kama wakati pia baada watu mwaka "
            "hilo yake vya lakini"
        ),
        "ca": (
            "el la els les de del i en un una que és per amb no al com més però han ha aquest aquesta entre també "
            "fins dels pels ser va van seva seu"
        ),
    },
    "cyrillic": {
        "ru": (
            "и в не на что он с по это из как а то но за его для от к о был у так все она они который также этом "
            "при только или после если уже было быть"
        ),
        "uk": (
            "і в не на що він з до це та як за його для від про був у так вона який також цьому при або після "
            "якщо вже було бути є й щоб україни"
        ),
        "bg": (
            "и в не на че той с по това от как а за да е се са за ще беше който също при или след ако вече бъде "
            "до със като през"
        ),
        "sr": (
            "и у не на да је се за су са од а о који која што није како ће би али или из само већ до које бити "
            "још био као према"
        ),
        "mk": (
            "и во не на дека тој со по ова од како а за да е се ќе беше кој исто при или по ако веќе биде до ги "
            "го што сe"
        ),
        "be": (
            "і ў не на што ён з да гэта як за яго для ад пра быў у так яна які таксама пры або пасля калі ўжо "
            "было быць"
        ),
        "kk": "және бір бұл үшін мен де да деп болды жылы туралы бойынша екен ол қазақстан жоқ арқылы кейін болып",
    },
    "arabic": {
        "ar": "في من على إلى أن عن مع التي الذي هذا هذه كان ما لا أو بعد قد كما بين وقال ذلك قال كل إن",
        "fa": "در به از که را این است با برای آن های شد بود خود یک تا کرد شده می‌شود دارد نیز هم گفت وی اما",
        "ur": "کے کی میں سے ہے کا نے کو اور پر کہ یہ ہیں اس ایک بھی تھا گیا کر نہیں",
    },
    "devanagari": {
        "hi": "के में की है और से को का ने पर कि यह हैं एक भी नहीं कर इस था लिए गया साथ हो",
        "mr": "आहे या आणि च्या ला मध्ये होते आहेत केले यांनी हा ही व तर हे झाले नाही",
        "ne": "छ र को मा ले गरेको भएको छन् पनि यो भने गर्न गरेका हो थियो तथा",
    },
}  # fmt: skip


def _word_table(languages: dict[str, str]) -> dict[str, tuple[tuple[str, float], ...]]:
    """word -> its languages with a weight: a word that many languages share says little."""
    users: dict[str, list[str]] = {}
    for language, words in languages.items():
        for word in dict.fromkeys(words.split()):
            users.setdefault(word, []).append(language)
    return {word: tuple((language, 1.0 / len(found)) for language in found) for word, found in users.items()}


_TABLES = {script: _word_table(languages) for script, languages in _FUNCTION_WORDS.items()}
_FALLBACK = {"arabic": "ar", "devanagari": "hi"}
_WORD = re.compile(r"[^\W\d_]+")
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_BLANKED = dict.fromkeys(_NO_LETTERS, " ")
"""Of ASCII, plain tables tell the letters ten times as fast as patterns."""
_DEVANAGARI_WORD = re.compile("[\u0900-\u097f]+")


_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw
ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES: Final = frozenset(_CODES.split())
"""The codes of ISO 639-1."""
LANGUAGE_FORMS: Final = "a code of ISO 639-1 such as ko or en"


def is_language(code: str) -> bool:
    """Whether `code` is one of ISO 639-1 in small letters, with or without a region (``pt``, ``pt-br``)."""
    return code.partition("-")[0] in LANGUAGES


def detect_language(text: str, declared: str | None = None) -> str | None:
    """The ISO 639-1 code of the language of `text`, or `None` when there is too little of it to tell.

    `declared` is what the page or source says (``ko``, ``en-US``): it breaks ties between kin and decides for short
    texts of a matching script; a text that plainly is something else is not believed to be what the page says.
    """
    middle = max(SCRIPT_SAMPLE, len(text) // 2)
    letters = text[:SCRIPT_SAMPLE] + text[middle : middle + SCRIPT_SAMPLE]
    said = (declared or "").strip().lower().replace("_", "-").partition("-")[0] or None
    said = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "kr": "ko", "jp": "ja", "cn": "zh"}.get(said or "", said)
    # What nearly every text is, first: mostly Latin, even without its accents, or mostly Hangul.
    plain = len(letters.encode("ascii", "ignore").translate(None, _NO_LETTERS))
    if 4 * plain > 3 * len(letters) and plain >= LEAST_LETTERS:
        return _of_words(text[:SAMPLE], "latin", plain, said)
    if not letters.isascii() and 2 * sum(map(len, _SCRIPTS["hangul"].findall(letters))) > len(letters):
        return "ko"
    latin = plain if letters.isascii() else sum(map(len, _SCRIPTS["latin"].findall(letters)))
    if 4 * latin > 3 * len(letters):
        return _of_words(text[:SAMPLE], "latin", latin, said)
    counts = {name: sum(map(len, pattern.findall(letters))) for name, pattern in _SCRIPTS.items()}
    if not _USUAL.fullmatch(letters):
        counts.update((name, sum(map(len, pattern.findall(letters)))) for name, pattern in _ONE_LANGUAGE.items())
    # A Han or Hangul character carries about as much as three Latin letters; mixed pages are told by what they say.
    weighted = {name: count * (3 if name in ("hangul", "han", "kana") else 1) for name, count in counts.items()}
    cjk = weighted["hangul"] + weighted["han"] + weighted["kana"]
    others = {name: count for name, count in weighted.items() if name not in ("hangul", "han", "kana")}
    script, most = max(others.items(), key=lambda item: item[1])
    if cjk >= most and cjk:
        return _of_cjk(counts, said)
    if not most:
        return None
    if script in _ONE_LANGUAGE:
        return "yi" if said == "yi" and script == "he" else script
    return _of_words(text[:SAMPLE], script, most, said)


def _of_cjk(counts: dict[str, int], said: str | None) -> str:
    if counts["hangul"] * 2 >= counts["han"] + counts["kana"]:
        return "ko"
    # Japanese prose is at least a third kana; a headline of Han alone is Chinese unless the page says otherwise.
    if counts["kana"] * 12 >= counts["han"]:
        return "ja"
    return "ja" if said == "ja" and counts["han"] < LEAST_LETTERS * 2 else "zh"


def _of_words(sample: str, script: str, letters: int, said: str | None) -> str | None:
    languages = _FUNCTION_WORDS[script]
    if letters < LEAST_LETTERS:
        return said if said in languages else None
    table = _TABLES[script]
    scores: dict[str, float] = {}
    met = 0
    if sample.isascii():
        tokens = sample.lower().translate(_BLANKED).split()
    else:
        tokens = (_DEVANAGARI_WORD if script == "devanagari" else _WORD).findall(sample.lower())
    for users in filter(None, map(table.get, tokens)):
        met += 1
        for language, weight in users:
            scores[language] = scores.get(language, 0.0) + weight
    ranked = sorted(scores.items(), key=lambda item: -item[1])[:2]
    if met < max(LEAST_WORDS, LEAST_SHARE * len(tokens)):
        return said if said in languages else _FALLBACK.get(script)
    best, score = ranked[0]
    if said is not None and scores.get(said, 0.0) >= DECLARED_SHARE * score:
        return said
    if len(ranked) > 1 and score < LEAD * ranked[1][1]:
        return None if said not in languages else best
    return best
