"""Names of persons in texts: common given names with another word, and family names of China, Japan and Korea."""

import itertools
import re
import unicodedata

_PERSON = re.compile(
    r"(?:(?:mrs?|ms|dr|herr|frau|mme|mlle|sr|sra|sig|dhr|mevr|pan|pani)\.?\s+)?([^\W\d_]+)(?:-[^\W\d_]+)?"
    r"(?:\s+[^\W\d_]+\.?)*\s+[^\W\d_](?:[^\W\d_]|['’-])+",
    re.IGNORECASE,
)
_COMMON = (
    "adam agnieszka ahmed alejandro alessandro alexander alice amy ana andre andrea andreas andrew andrzej angel "
    "angela anita anja anna anne annika anthony antonio antonia ashley astrid barbara bart beatriz bernd betty "
    "birgit bjorn brian bruno camille carlos carmen carol caroline caterina catherine charles charlotte chiara "
    "christian christina christine claire claudia cristina daan daniel daniela david deborah dennis diego dieter "
    "donald donna dorothy edward eduardo elena elisabeth elizabeth elzbieta emily emma enrique eric erik eva ewa "
    "fatima felix fernando fernanda filippo francesca francesco francisco frank gabriel gabriele george gerhard "
    "giovanni giulia giuseppe giulio guilherme gunnar gustav hannah hans heike heinz helen helga henrik hendrik "
    "ines ingrid isabel isabella jack jacob jacek jakub james jan janusz jason javier jean jennifer jens jeroen "
    "jessica jesus joan joanna joao johan johanna john jonas jorge jose josefa joseph juan julia julie julien "
    "jurgen karen karin karl karolina katarzyna katharina kathrin kees kevin kimberly klaus krzysztof larry lars "
    "laura laurent leena lena leon linda linnea lisa lorenzo louis lucas lucia luigi luis luisa lukas lukasz "
    "maciej magdalena magnus malgorzata manfred manuel manuela marcel marcin marco marek margaret maria mariana "
    "marie mario mark markus marta martin martina mary mateusz matteo matthew matthias mattias max melissa "
    "mercedes mia michael michal michel michelle miguel mohamed mohammed monika nancy nathalie nicolas nicole "
    "nicholas nikolaus nina olga olivia oliver oscar pablo pamela paola paolo patricia patrick paul paula paulo "
    "pawel pedro peter petra philipp philippe pierre pieter pilar piotr rachel rafael ralf raquel rebecca renate "
    "renata ricardo richard robert roberto roland ronald rosa ruben ruth sabine salvatore samuel sander sandra "
    "sanne sara sarah sebastian sebastien sergio sharon silke silvia simon simone sofia sophie stanislaw stefan "
    "stefanie stefano stephanie stephen steven sven susan susana susanne sylvie tanja teresa thierry thomas "
    "thiago tim timothy tiago tobias tomas tomasz ulrike ursula uwe valentina veronica vicente victor vincent "
    "vincenzo walter werner willem william wojciech wolfgang yvonne zofia"
)
_CYRILLIC = (
    "александр александра алексей алена алина анастасия андрей анна антон артем богдан валентина валерий вера виктор "
    "виктория виталий владимир галина григорий дарья денис дмитрий евгений евгения екатерина елена иван игорь ирина "
    "катерина кирилл константин ксения любовь людмила максим марина мария михаил надежда наталия наталья никита "
    "николай оксана олег олена ольга павел петр роман светлана сергей софия станислав степан тарас татьяна тетяна "
    "юлия юрий андрій віктор володимир дмитро іван ігор ірина марія михайло микола олександр олексій павло сергій юлія "
    "юрій"
)


def _without_accents(word: str) -> str:
    if word.isascii():
        return word.lower()
    letters = word.lower().replace("ł", "l").replace("ø", "o")
    return "".join(sign for sign in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(sign))


GIVEN_NAMES = frozenset((*_COMMON.split(), *map(_without_accents, _CYRILLIC.split())))
"""Common given names without accents, of Europe and America: enough to recognise a column of persons."""

_WORDS = frozenset((
    "adam", "angel", "charlotte", "christian", "diego", "frank", "gabriel", "george", "jack", "jan", "jean",
    "jesus", "joan", "larry", "leon", "linda", "marco", "mark", "max", "mercedes", "mia", "nancy", "nicole",
    "oscar", "pilar", "rosa", "ruth", "tim", "victor",
))  # fmt: skip
"""Given names that are words, brands or places, too: within a text, only a word such as ``for`` makes them persons."""
_ENGRAVED = frozenset((
    "engraving", "engraved", "gravur", "graviert", "gravure", "gravé", "grabado", "incisione", "inciso", "gravação",
    "gravering", "grawer", "embroidery", "embroidered", "stickerei", "bestickt", "broderie", "bordado", "ricamo",
    "personalised", "personalized", "personalisiert", "personnalisé", "personalizado", "personalizzato", "monogram",
    "gepersonaliseerd", "monogramm", "dedication", "widmung", "wunschname", "inscription", "inschrift",
))  # fmt: skip
"""Words of goods that are made for one person, whose name stands behind them."""
ENGRAVED_SIGNS = "|".join(sorted({word[:5] for word in _ENGRAVED}))
"""A regular expression that every text with one of these words matches."""
_BEFORE = _ENGRAVED | frozenset((
    "for", "to", "by", "from", "attn", "call", "dear", "mr", "mrs", "ms", "dr", "herr", "herrn", "frau",
    "fuer", "für", "von", "an", "pour", "par", "de", "mme", "mlle", "para", "por", "sr", "sra", "sig", "per",
    "voor", "dhr", "mevr", "dla", "pan", "pani", "till",
))  # fmt: skip
"""Words before a person, without a full stop."""
_ADDRESSED = _BEFORE - {"by", "from", "von", "an", "par", "de", "pan", "till", "to", "ms", "dr"}
"""Those of them behind which no brand, painter or place stands, as in ``by Paul Smith``."""
_BEFORE_PLACE = frozenset((
    "san", "santa", "santo", "sankt", "saint", "sainte", "st", "sao", "são", "villa", "via", "rue", "rua",
    "calle", "plaza", "plaça", "piazza", "place", "port", "porto", "puerto", "playa", "praia", "isla", "ile",
))  # fmt: skip
"""Words before a place that is named after a person."""
_PARTICLES = frozenset((
    "von", "van", "de", "der", "den", "da", "di", "del", "della", "dos", "la", "le", "du", "zu", "zur",
))  # fmt: skip
_APART = re.compile(r"[\s,.]")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
MOST_BETWEEN = 3
"""Particles and initials between a given name and a family name."""
_TITLED = re.compile("[\u4e00-\u9fff々][\u4e00-\u9fff々\u3041-\u3096\u30a1-\u30fa ]{1,6}(?:様|さん|先生|女士|小姐)")
LONGEST_TEXT = 300
"""Characters of a text in which a name is searched."""

_CHINESE = re.compile(
    "(?:欧阳|司马|上官|诸葛|[王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭"
    "田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈姜崔钟鍾谭譚陆陸汪范石廖贾賈韦韋傅方邹鄒熊孟秦邱侯江尹薛阎段雷龙史陶贺顾毛郝龚邵万"
    "钱严武戴莫孔向汤])[\u4e00-\u9fff]{1,2}"
)
_NO_CHINESE_PERSON = re.compile("[色省市州县縣県區区町村京苏西南北东阳山码款号店]$")
"""Ends of colors and places, many of which begin like a family name: 黄色, 江苏, 郑州."""
_JAPANESE = re.compile(
    "(?:佐藤|鈴木|高橋|田中|渡辺|渡邊|伊藤|山本|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|斎藤|斉藤|清水|山崎|森|池田|橋本|阿部"
    "|石川|山下|中島|石井|小川|前田|岡田|長谷川|藤田|後藤|近藤|村上|遠藤|青木|坂本|福田|太田|西村|藤井|金子|岡本|藤原|三浦|中野|中川"
    "|原田|松田|竹内|小野|田村|中山|和田|石田|森田|上田|原|内田|柴田|酒井|宮崎|横山|高木|安藤|宮本|大野|小島|工藤|谷口|今井|高田|増田"
    "|丸山|杉山|村田|大塚|新井|藤本|小山|平野|野口|菅原|武田|松井|千葉|野村|菊地|木下|松尾|佐野|上野|杉本|市川|古川|大西|島田)"
    "[ ]?[\u4e00-\u9fff\u3041-\u3096\u30a1-\u30fa\u30fc々]{1,4}(?: ?様)?"
)
_NO_JAPANESE_PERSON = re.compile("[県都府道市区町村色店]$")
_KOREAN = re.compile("[김이박최정강조윤장임한오서신권황안송류전홍][가-힣]{2}")
LONGEST = 80
"""Characters: no longer text is the name of a person."""
FULL_NAME = range(2, 5)
"""Words of a whole name."""


def is_person(text: str) -> bool:
    """Whether ``text``, in normal form KC, is a name or holds one, as whole columns are judged."""
    if _is_one_word(text):
        return False
    return (len(text) <= LONGEST and (_is_western(text) or _is_eastern(text))) or holds_person(text)


def is_name(text: str) -> bool:
    """Whether ``text``, in any case, is a person's name alone, and its given name is no word such as rosa or mia."""
    if _is_one_word(text):
        return False
    words = text.split()
    given = _without_accents(words[-1 if text.partition(",")[1] else 0].strip(",.")) if words else ""
    return len(text) <= LONGEST and given not in _WORDS and (_is_western(text) or _is_eastern(text))


def holds_person(text: str) -> bool:
    """Whether the name of a person stands in ``text``: a common given name and a family name, both with capitals."""
    start = text[:LONGEST_TEXT]
    if len(start) <= LONGEST and _is_eastern(start):
        return True
    tokens = list(_TOKEN.finditer(start))
    return _TITLED.search(start) is not None or any(
        _begins_person(start, tokens, place) for place in range(len(tokens))
    )


def is_addressed(text: str) -> bool:
    """Whether ``text`` names a person behind a word such as ``for``, as an engraving does and no label of a product."""
    return _names_behind(text, _ADDRESSED)


def is_engraved(text: str) -> bool:
    """Whether ``text`` names a person behind a word such as ``engraving``: goods made for someone bear their name."""
    return _names_behind(text, _ENGRAVED)


def name_words(text: str) -> str:
    """Give the words of letters of ``text``, in lower case, where there are as many as in a name; else nothing."""
    words = [found[0].lower() for found in _TOKEN.finditer(text[:LONGEST_TEXT]) if len(found[0]) > 1]
    return " ".join(words) if len(words) in FULL_NAME else ""


def looks_like_person(text: str) -> bool:
    """Whether ``text`` is of two to four words with capitals and without a digit, as names that nobody lists are."""
    words = text.split()
    return len(text) <= LONGEST and len(words) in FULL_NAME and all(map(_is_capitalised, words))


def _names_behind(text: str, words: frozenset[str]) -> bool:
    """Whether a person is named in ``text`` right behind one of the ``words``."""
    start = text[:LONGEST_TEXT]
    tokens = list(_TOKEN.finditer(start))
    return any(
        before[0].lower() in words and _begins_person(start, tokens, place)
        for place, before in enumerate(tokens[:-1], start=1)
    )


def _begins_person(text: str, tokens: list[re.Match[str]], place: int) -> bool:
    given = tokens[place][0]
    if not given[0].isupper() or _without_accents(given.partition("-")[0]) not in GIVEN_NAMES:
        return False
    before = tokens[place - 1][0].lower() if place else ""
    if before in _BEFORE_PLACE or (_without_accents(given) in _WORDS and before not in _BEFORE):
        return False
    for previous, token in itertools.pairwise(tokens[place : place + MOST_BETWEEN + 2]):
        between = text[previous.end() : token.start()]
        if between.strip(" .") or not between:
            return False
        if token[0].lower() not in _PARTICLES and len(token[0]) > 1:
            return token[0][0].isupper()
    return False


def _is_one_word(text: str) -> bool:
    """Whether nothing stands in ``text`` that parts a given name from a family name, nor a name of East Asia."""
    return text.isascii() and _APART.search(text) is None


def _is_capitalised(word: str) -> bool:
    return word[0].isupper() and _TOKEN.fullmatch(word.rstrip(".,")) is not None


def _is_western(text: str) -> bool:
    """Whether ``text`` is a common given name with another word: ``Anna Meier``, ``Meier, Anna``, ``José García``."""
    last_first = re.fullmatch(r"([^,]+),\s*([^,]+)", text)
    person = _PERSON.fullmatch(f"{last_first[2]} {last_first[1]}" if last_first else text)
    return person is not None and _without_accents(person[1]) in GIVEN_NAMES


def _is_eastern(text: str) -> bool:
    if _JAPANESE.fullmatch(text) and not _NO_JAPANESE_PERSON.search(text):
        return True
    if _CHINESE.fullmatch(text) and not _NO_CHINESE_PERSON.search(text):
        return True
    return _KOREAN.fullmatch(text) is not None
