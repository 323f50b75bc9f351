"""Listings in the manner of further kinds of sites: boards, forums, aggregators, papers of other languages, shells."""

# ruff: noqa: E501 - markup of real sites comes in long lines

from __future__ import annotations

import json

from tests.listing_pages import END_EN, END_KO, ENGLISH, KOREAN, LEAD, TEASER, TOP_EN, TOP_KO, Seen, add, menu, page
from tests.listing_pages_more import PAGES

PAPERS = ["한빛일보", "새벽신문", "남도방송", "바다경제"]
FRENCH = [
    "A Brest, le dernier chantier naval refuse de fermer ses portes",
    "Pourquoi les trains de nuit reviennent sur les rails",
    "La bibliothèque du phare a trouvé ses lecteurs",
    "Une boulangerie, un pont et une très longue dispute",
    "Le conseil vote la réouverture de l’ancienne ligne de bac",
    "Les électeurs rejettent le projet d’un second aéroport",
]
GERMAN = [
    "Der letzte Bootsbauer am Hafen denkt nicht ans Aufhören",
    "Warum die Nachtzüge leise zurückkehren",
    "Wie eine Bücherei im Leuchtturm ihre Leser fand",
    "Sturmwarnung für die ganze Küste verlängert",
    "Wähler lehnen zweiten Flughafen ab",
    "Eine Bäckerei, eine Brücke und ein langer Streit",
]
JAPANESE = [
    "北の港で最後の船大工が引退を拒む理由",
    "夜行列車が静かに戻ってきた 利用者三割増",
    "灯台の図書館に読者が集まるまで",
    "沿岸部の暴風警報 あすまで延長",
    "第二空港の計画に住民が反対多数",
    "海底の地図づくり 研究者が三年かけて完成",
]
SPANISH = [
    "El último constructor de barcos del puerto se niega a jubilarse",
    "Vuelven los trenes nocturnos sin hacer ruido",
    "La biblioteca del faro encuentra por fin a sus lectores",
    "El aviso por temporal se amplía a toda la costa norte",
    "Los vecinos rechazan el plan del segundo aeropuerto",
    "Una panadería, un puente y una discusión muy larga",
]
PORTUGUESE = [
    "Último construtor de barcos do porto se recusa a parar",
    "Trens noturnos voltam em silêncio aos trilhos do sul",
    "Biblioteca no farol encontra enfim os seus leitores",
    "Alerta de tempestade é ampliado para todo o litoral",
    "Eleitores rejeitam projeto do segundo aeroporto",
    "Uma padaria, uma ponte e uma briga muito longa",
]
CHINESE = [
    "北部山区迎来今冬第一场大雪 多条道路临时封闭",
    "老码头最后一位造船匠为何不肯退休",
    "灯塔里的图书馆终于等来了读者",
    "沿海大风预警延长至明天傍晚",
    "市民投票否决第二机场方案",
    "夜间列车悄悄回归 客流增加三成",
    "海底地图绘制完成 历时整整三年",
    "面包店与大桥之间的漫长争执",
    "新渡轮航线将于春天恢复运营",
    "社区夜校报名人数创下新高",
]
RUSSIAN = [
    "Последний корабел старой гавани отказался уходить на покой",
    "Ночные поезда тихо возвращаются на юг страны",
    "Библиотека на маяке наконец нашла своих читателей",
    "Штормовое предупреждение продлили для всего побережья",
    "Жители отвергли проект второго аэропорта",
    "Учёные составили карту дна пролива за три года",
]


def _clusters() -> None:
    def story(n: int, k: int, tag: str) -> str:
        title = KOREAN[n] if k == 0 else f"{PAPERS[k]}가 본 이 소식의 다른 얼굴 {n}{k}"
        return (
            f"<article class='{'IBr9hb' if k == 0 else 'UwIKyb'}' jscontroller='HyhIue' data-n-cvid='i{n}{k}'>"
            f"<div class='MCAGUe'><img class='msvBD zC7z7b' src='/icons/{k}.png' alt='{PAPERS[k]}'><div class='vr1PYe'>{PAPERS[k]}</div></div>"
            f"<{tag} class='JtKRv'><a class='gPFEn' href='./read/CBM{n}{k}?hl=ko' jslog='95014' tabindex='0' target='_blank'>{title}</a></{tag}>"
            f"<div class='UOVeFe'><time class='hvbAAd' datetime='2026-11-21T1{n}:0{k}:00Z'>{n + 3}시간 전</time><div class='bInasb' aria-hidden='true'><span>김하늘 기자</span></div></div></article>"
        )

    rows = "".join(
        f"<c-wiz class='PO9Zff Ccj79'><div class='W8yrY'>{story(n, 0, 'h4')}<div class='SbNwzf'>{''.join(story(n, k, 'h4') for k in range(1, 4))}</div>"
        f"<div class='Ylktk'><a class='jKHa4e' href='./stories/CAA{n}?hl=ko' aria-label='관련 콘텐츠 더 보기'><span>모든 기사 보기</span></a></div></div></c-wiz>"
        for n in range(6)
    )
    add(
        "an aggregator's clusters of stories from several papers",
        "https://news.search.example/topics/CAAqK?hl=ko",
        page("ko", f"<header role='banner'>{menu('홈', '추천', '대한민국', '세계', '지역')}</header><main>{rows}</main>"),
        [
            Seen(f"/topics/read/CBM{n}{k}?hl=ko", KOREAN[n] if k == 0 else f"{PAPERS[k]}가 본 이 소식의 다른 얼굴 {n}{k}", f"2026-11-21T1{n}:0{k}")
            for n in range(6)
            for k in range(4)
        ],
    )  # fmt: skip


def _letters_archive() -> None:
    rows = "".join(
        f"<div class='pencraft pc-reset _container_1mekb_1'><div role='article' aria-label='Post preview for {title}' class='pencraft pc-display-flex container-H2dyKk'>"
        f"<div class='_content_oqmsl_1'><a tabindex='0' href='https://ferry.letters.example/p/post-{n}' data-testid='post-preview-title' class='pencraft pc-reset title-x1'>{title}</a>"
        f"<a href='https://ferry.letters.example/p/post-{n}' class='pencraft pc-reset line-height-20 subtitle'>{TEASER}</a>"
        f"<div class='pencraft meta-EgzBVA'><time datetime='2026-11-{20 - n:02}T09:30:00.000Z' class='pencraft'>Nov {20 - n}</time> • <a href='https://letters.example/@annlee' class='link-LIBpto'>Ann Lee</a></div></div>"
        f"<a class='pencraft image' href='https://ferry.letters.example/p/post-{n}'><picture><source type='image/webp' srcset='https://cdn.example/w_320/{n}.webp 320w'><img src='https://cdn.example/{n}.jpg' alt=''></picture></a>"
        f"<div class='post-ufi'><a role='button' href='https://ferry.letters.example/p/post-{n}' class='post-ufi-button' aria-label='Like'><svg><path d='M1 1'></path></svg><div class='label'>{40 + n}</div></a><a href='https://ferry.letters.example/p/post-{n}/comments' class='post-ufi-button' aria-label='View comments ({n})'><div class='label'>{n}</div></a></div></div></div>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "a letters' archive with likes and comments",
        "https://ferry.letters.example/archive",
        page("en", f"<div id='entry'><div class='topbar'><a href='/'>The Ferry</a><a href='/about'>About</a></div><div class='archive-page'><div class='portable-archive-list'>{rows}</div></div></div>"),
        [Seen(f"/p/post-{n}", title, f"2026-11-{20 - n:02}T09:30", TEASER, image=f"https://cdn.example/{n}.jpg") for n, title in enumerate(ENGLISH)],
    )  # fmt: skip


def _cafe_board() -> None:
    def row(n: int, notice: bool) -> str:
        number = (
            "<strong class='board-tag-txt'><span class='inner'>공지</span></strong>"
            if notice
            else f"<div class='inner_number'>{4100 - n}</div>"
        )
        return (
            f"<tr class='{'board-notice type_main' if notice else ''}'><td colspan='2' class='td_article'><div class='board-number'>{number}</div>"
            f"<div class='board-list'><div class='inner_list'><a href='/ArticleList.nhn?clubid=77&amp;menuid={n % 3}' class='article_head'>[{['질문', '후기', '잡담'][n % 3]}]</a>"
            f"<a class='article' href='/ArticleRead.nhn?clubid=77&amp;articleid={4100 - n}'>{KOREAN[n]}<span class='list-i-new'><i class='blind'>새 글</i></span></a>"
            f"<a href='/ArticleRead.nhn?clubid=77&amp;articleid={4100 - n}&amp;commentFocus=true' class='cmt'>[<em>{n + 2}</em>]</a></div></div></td>"
            f"<td class='td_name'><div class='pers_nick_area'><a href='#' class='m-tcol-c'>바다사랑{n}</a><span class='mem-level'><img src='/lv{n}.gif' alt=''></span></div></td><td class='td_date'>2026.11.{20 - n:02}.</td><td class='td_view'>{300 + n}</td><td class='td_likes'>{n}</td></tr>"
        )

    rows = "".join(row(n, n < 2) for n in range(8))
    add(
        "a cafe's board with heads and comment counts",
        "https://cafe.portal.example/ArticleList.nhn?clubid=77",
        page("ko", f"<div id='cafe-menu'><ul>{''.join(f'<li><a href=/ArticleList.nhn?clubid=77&menuid={n}>게시판 이름 {n}</a></li>' for n in range(12))}</ul></div><div id='main-area'><div class='article-board m-tcol-c'><table><caption><span class='blind'>게시물 목록</span></caption><tbody>{rows}</tbody></table></div></div>"),
        [Seen(f"/ArticleRead.nhn?clubid=77&articleid={4100 - n}", KOREAN[n], f"2026-11-{20 - n:02}") for n in range(8)],
    )  # fmt: skip


def _essays() -> None:
    rows = "".join(
        f"<li class='animation_up_late' data-articleuid='sea_{n}'><a href='/@@sea/{30 - n}' class='link_post #article-list'>"
        f"<div class='post_title has_image'><strong class='tit_subject'>{title}</strong><div class='wrap_sub_content'><em class='tit_sub'>바닷가에서 보낸 하루 {n}</em><span class='ico_bar'></span><span class='article_content'>{LEAD} {LEAD}</span></div>"
        f"<span class='post_append'><span class='txt_g'>댓글</span><span class='num_txt'>{n}</span><span class='ico_dot'></span><span class='publish_time'>Nov {20 - n:02}. 2026</span></span></div>"
        f"<div class='post_thumb'><img src='//img.essay.example/{n}.jpg' alt='' class='img_thumb'></div></a></li>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "essays with a second title",
        "https://essay.example/@sea",
        page("ko", f"<div class='wrap_profile'><strong>바다</strong><a href='/@sea/follower'>구독자 12</a><a href='/@sea/following'>관심작가 3</a></div><div class='wrap_article_list'><ul class='list_article list_common'>{rows}</ul></div>"),
        [Seen(f"/@@sea/{30 - n}", title, f"2026-11-{20 - n:02}", image=f"https://img.essay.example/{n}.jpg") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _developers_cards() -> None:
    rows = "".join(
        f"<div class='FlatPostCard_block__a1qM7'><div class='FlatPostCard_userInfo__VeHru'><a href='/@sea{n}/posts'><img src='/u/{n}.png' alt='profile'></a><div class='FlatPostCard_username'><a href='/@sea{n}/posts'>sea{n}</a></div></div>"
        f"<a class='VLink_block__Uwj4P' href='/@sea{n}/post-{n}'><div class='RatioImage_block'><img src='/t/{n}.png' alt='post-thumbnail'></div></a><a class='VLink_block__Uwj4P' href='/@sea{n}/post-{n}'><h2>{title}</h2></a><p>{LEAD} {LEAD}</p>"
        f"<div class='FlatPostCard_tagsWrapper__iNQR3'><a class='TagItem_tagLink' href='/tags/React'>React</a><a class='TagItem_tagLink' href='/tags/자료구조'>자료구조</a></div>"
        f"<div class='FlatPostCard_subInfo__cT3J6'><span>{n + 1}일 전</span><div class='FlatPostCard_separator__yH36y'>·</div><span>{n}개의 댓글</span><div class='FlatPostCard_separator__yH36y'>·</div><span class='FlatPostCard_likes'><svg></svg>{n + 3}</span></div></div>"
        for n, title in enumerate(KOREAN)
    )
    add(
        "developers' posts with tags and likes",
        "https://devlog.example/tags/React",
        page("ko", f"<div class='Header'><a href='/'>devlog</a><a href='/search'>검색</a></div><main><h1># React</h1><div>총 {len(KOREAN)}개의 포스트</div>{rows}</main>"),
        [Seen(f"/@sea{n}/post-{n}", title, f"2026-11-{21 - n:02}", image=f"/t/{n}.png") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _stories_of_a_tag() -> None:
    rows = "".join(
        f"<div class='abj'><article class='y' data-testid='post-preview'><div class='fk ab q'><a href='/@ann{n}?source=tag---{n}'><img alt='Ann {n}' src='https://miro.example/{n}' width='20'></a><div class='ab q'><div class='fp'><p class='be b'>In</p></div><a href='/harbour-review?source=tag---{n}'><p class='be b'>Harbour Review</p></a><p class='be b'>by</p><a href='/@ann{n}?source=tag---{n}'><p class='be b'>Ann Lee</p></a></div></div>"
        f"<div class='l' role='link' data-href='https://stories.example/harbour-review/post-{n}' tabindex='0'><div class='ab'><a href='/harbour-review/post-{n}?source=tag---{n}' rel='noopener follow'><h2 class='be ki kj'>{title}</h2><div class='jd'><h3 class='be b ge'>{TEASER}</h3></div></a></div></div>"
        f"<div class='ab q'><span>Nov {20 - n}</span><div class='pw-multi-vote-icon'><button>clap</button><span>{120 + n}</span></div><a href='/harbour-review/post-{n}?responsesOpen=true&amp;source=tag---{n}'><p>{n + 4}</p></a></div></article></div>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "stories of a tag, each with its publication",
        "https://stories.example/tag/ferry",
        page("en", f"<div id='root'><div class='topics'><a href='/tag/sea'>Sea</a><a href='/tag/boats'>Boats</a><a href='/tag/harbour'>Harbour</a></div><main>{rows}</main></div>"),
        [Seen(f"/harbour-review/post-{n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(ENGLISH)],
    )  # fmt: skip


def _french_section() -> None:
    locked = "<span class='icon__premium'><span class='sr-only'>Article réservé aux abonnés</span></span>"
    rows = "".join(
        f"<section class='teaser teaser--inline-picture {'teaser--premium' if n % 2 else ''}'><a href='https://www.quotidien.example/societe/article/2026/11/{20 - n}/titre-{n}_{n}_3224.html' class='teaser__link'><picture class='teaser__picture'><img src='https://img.quotidien.example/{n}.jpg' alt=''></picture>"
        f"<div class='teaser__container'><h3 class='teaser__title'>{locked if n % 2 else ''}{title}</h3><p class='teaser__desc'>Les habitants se sont réunis mardi soir pour savoir ce que le plan changerait dans leur rue.</p></div></a>"
        f"<span class='meta__date meta__date--header'>Publié le {20 - n} novembre 2026 à 1{n}h30</span> <span class='meta__author meta__author--page'>Claire Morvan</span> <span class='meta__reading-time'><i class='icon__clock'></i> Temps de <span class='sr-only'>lecture</span> 3 min.</span></section>"
        for n, title in enumerate(FRENCH)
    )
    side = "".join(
        f"<li><a href='/le-plus-lu/{n}'>L’article que tout le monde a lu hier, numéro {n}</a></li>" for n in range(6)
    )
    add(
        "a french section with stories for subscribers",
        "https://www.quotidien.example/societe/",
        page("fr", f"<header>{menu('Actualités', 'Économie', 'Vidéos', 'Débats', 'Culture')}</header><main><section class='page__content river'><div id='river'>{rows}</div></section><section class='sidebar'><h4>Les plus lus</h4><ol>{side}</ol></section></main><section class='river__pagination'><a class='river__pagination river__pagination--page active' href='/societe/'>1</a><a class='river__pagination' href='/societe/2/'>2</a><a class='river__pagination' href='/societe/3/'>3</a></section>"),
        [Seen(f"/societe/article/2026/11/{20 - n}/titre-{n}_{n}_3224.html", title, f"2026-11-{20 - n}T1{n}:30", author="Claire Morvan") for n, title in enumerate(FRENCH)],
        "/societe/2/",
    )  # fmt: skip


def _german_section() -> None:
    rows = "".join(
        f"<div data-block-el='articleTeaser'><article aria-label='{title}' data-sara-article-id='a{n}' class='lg:pt-24 md:pt-24 border-shade-lighter'><div class='flex'><figure class='swiper'><a href='/panorama/titel-{n}-a-1{n}' title='{title}'><img data-image-el='img' src='https://cdn.magazin.example/{n}.webp' alt='Hafen'></a></figure>"
        f"<header><h2><a href='/panorama/titel-{n}-a-1{n}' target='_self' title='{title}' class='text-black block'><span class='block text-primary-base font-sansUI'>Streit am Hafen</span><span class='align-middle hover:opacity-60'>{title}</span></a></h2></header></div>"
        f"<section class='relative'><a href='/panorama/titel-{n}-a-1{n}' tabindex='-1'><span class='font-serifUI'>Am Dienstagabend trafen sich die Anwohner, um zu hören, was der Plan für ihre Straße bedeutet.</span> <span class='font-sansUI text-shade-dark'>Von Clara Voss</span></a></section>"
        f"<footer class='font-sansUI'><span data-auxiliary>{20 - n}. November 2026, 1{n}.30 Uhr</span><span>·</span><a href='/panorama/titel-{n}-a-1{n}#kommentare' title='Kommentare'><span>{n + 9}</span></a></footer></article></div>"
        for n, title in enumerate(GERMAN)
    )
    add(
        "a german magazine's kickers over headlines",
        "https://www.magazin.example/panorama/",
        page("de", f"<header>{menu('Politik', 'Ausland', 'Wirtschaft', 'Sport', 'Wissen')}</header><main id='Inhalt'><section data-area='article-teaser-list'>{rows}</section></main><footer><a href='/impressum'>Impressum und Kontakt zur Redaktion</a></footer>"),
        [Seen(f"/panorama/titel-{n}-a-1{n}", title, f"2026-11-{20 - n}") for n, title in enumerate(GERMAN)],
    )  # fmt: skip


def _japanese_section() -> None:
    rows = "".join(
        f"<li><a href='/news/html/202611{20 - n}/k1001{n}.html'><dl><dt><img src='/news/html/202611{20 - n}/K1001{n}.jpg' alt=''></dt><dd><em class='title'>{title}</em><div><time datetime='2026-11-{20 - n}T1{n}:25:00'>11月{20 - n}日 1{n}時25分</time><span class='i-word'>暮らし</span></div></dd></dl></a></li>"
        for n, title in enumerate(JAPANESE)
    )
    rank = "".join(
        f"<li><a href='/news/html/20261101/k99{n}.html'><em class='title'>昨日もっとも読まれた記事の見出し {n}</em></a></li>"
        for n in range(5)
    )
    add(
        "a japanese broadcaster's definition lists in links",
        "https://www.housou.example/news/cat01.html",
        page("ja", f"<div class='header'>{menu('社会', '気象・災害', '科学・文化', '政治', 'ビジネス')}</div><main><div class='module--list-items'><ul class='content--list grid--col-operation'>{rows}</ul></div><aside><h2>アクセスランキング</h2><ol class='ranking'>{rank}</ol></aside></main>"),
        [Seen(f"/news/html/202611{20 - n}/k1001{n}.html", title, f"2026-11-{20 - n}T1{n}:25", image=f"/news/html/202611{20 - n}/K1001{n}.jpg") for n, title in enumerate(JAPANESE)],
    )  # fmt: skip


def _brazilian_section() -> None:
    rows = "".join(
        f"<li class='c-headline c-headline--newslist'><div class='c-headline__media-wrapper'><a href='https://www.folhinha.example/cotidiano/2026/11/titulo-{n}.shtml' class='c-headline__media'><img class='c-headline__image' src='data:image/gif;base64,R0lGOD' data-src='https://f.example/{n}.jpg' alt='Porto'></a></div>"
        f"<div class='c-headline__wrapper'><div class='c-headline__head'><h3 class='c-headline__kicker c-kicker'>porto</h3></div><div class='c-headline__content'><a href='https://www.folhinha.example/cotidiano/2026/11/titulo-{n}.shtml'><h2 class='c-headline__title'>{title}</h2><p class='c-headline__standfirst'>Moradores se reuniram na terça para saber o que muda em cada rua</p><time class='c-headline__dateline' datetime='{20 - n}.nov.2026 às 1{n}h30'>{20 - n}.nov.2026 às 1{n}h30</time></a></div></div></li>"
        for n, title in enumerate(PORTUGUESE)
    )
    add(
        "a brazilian section whose time elements hold no machine's time",
        "https://www.folhinha.example/cotidiano/",
        page("pt-BR", f"<header>{menu('Poder', 'Mercado', 'Mundo', 'Cotidiano', 'Esporte')}</header><main><div class='c-newslist'><ol class='c-newslist__list'>{rows}</ol></div><button class='c-button' data-pagination-trigger>ver mais</button></main>"),
        [Seen(f"/cotidiano/2026/11/titulo-{n}.shtml", title, f"2026-11-{20 - n}", image=f"https://f.example/{n}.jpg") for n, title in enumerate(PORTUGUESE)],
    )  # fmt: skip


def _spanish_section() -> None:
    def also(n: int) -> str:
        if n % 3:
            return ""
        return f"<ul class='c_r_l'><li><article><h3 class='c_t'><a href='/sociedad/2026-11-0{n + 1}/otra-{n}.html'>Qué dicen los expertos sobre el caso número {n}</a></h3></article></li></ul>"

    rows = "".join(
        f"<article class='c c-d c--m'><figure class='c_m'><a href='/sociedad/2026-11-{20 - n}/titulo-{n}.html' class='c_m_a'><img src='/i/{n}.jpg' alt='Puerto'></a></figure><header class='c_h'><a href='/noticias/puerto/' class='c_k'>Puertos</a><h2 class='c_t'><a href='/sociedad/2026-11-{20 - n}/titulo-{n}.html'>{title}</a></h2></header>"
        f"<div class='c_a'><a href='/autor/clara-vega/' class='c_a_a'>Clara Vega</a><span class='c_a_l'>Vigo</span><span class='c_a_t'><time datetime='2026-11-{20 - n}T1{n}:15:00+01:00' data-date='2026-11-{20 - n}T1{n}:15:00+01:00'>{20 - n} nov 2026 - 1{n}:15 CET</time></span></div><p class='c_d'>Los vecinos se reunieron el martes para saber qué supondrá el plan para su calle.</p>{also(n)}</article>"
        for n, title in enumerate(SPANISH)
    )
    add(
        "a spanish section with a related story below some",
        "https://diario.example/sociedad/",
        page("es", f"<header>{menu('Internacional', 'Opinión', 'España', 'Economía', 'Sociedad')}</header><main class='cm'><div class='b-d b-d_d'>{rows}</div></main>"),
        [Seen(f"/sociedad/2026-11-{20 - n}/titulo-{n}.html", title, f"2026-11-{20 - n}T1{n}:15", author="Clara Vega", image=f"/i/{n}.jpg") for n, title in enumerate(SPANISH)],
    )  # fmt: skip


def _ministry_cards() -> None:
    rows = "".join(
        f"<li><a href='/briefing/pressReleaseView.do?newsId=1566{n}&amp;pageIndex=1'><span class='text'><strong>{title}</strong><span class='lead'>{LEAD}</span><span class='source'><span>2026.11.{20 - n}</span><span>바다교통부</span></span></span></a>"
        f"<span class='file'><a href='/common/download.do?fileId=2{n}&amp;tblKey=GMN' class='btn_down'><img src='/img/hwp.png' alt='한글문서 내려받기'>{title[:9]} 보도자료.hwpx</a><a href='/common/download.do?fileId=3{n}&amp;tblKey=GMN'><img src='/img/pdf.png' alt='PDF 내려받기'>{title[:9]} 보도자료.pdf</a></span></li>"
        for n, title in enumerate(KOREAN)
    )
    pages = (
        "<div class='paging'><span class='on'>1</span>"
        + "".join(f"<a href='javascript:pageLink({n});' title='{n}페이지'>{n}</a>" for n in range(2, 6))
        + "</div>"
    )
    add(
        "a ministry's press releases with files to download",
        "https://www.korea.example/briefing/pressReleaseList.do",
        page("ko", f"{TOP_KO}<div class='article_body'><div class='list_type'><ul>{rows}</ul></div>{pages}</div>{END_KO}"),
        [Seen(f"/briefing/pressReleaseView.do?newsId=1566{n}&pageIndex=1", title, f"2026-11-{20 - n}", LEAD) for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _university_notices() -> None:
    def row(n: int) -> str:
        top, fresh = n < 2, "<span class='new'>새글</span>"
        return (
            f"<tr class='{'headline' if top else ''}'><td class='td-num'>{'<span>일반공지</span>' if top else 800 - n}</td><td class='td-subject'><a href='/bbs/cs/21/{800 - n}/artclView.do' onclick=\"jf_viewArtcl('cs', '21', '{800 - n}')\"><span>[학사]</span> <strong>{KOREAN[n]}</strong>{fresh if n < 3 else ''}</a></td>"
            f"<td class='td-write'>교무처</td><td class='td-date'>2026.11.{20 - n:02}</td><td class='td-access'>{200 + n}</td><td class='td-file'><a href='/bbs/cs/21/{800 - n}/download.do' title='첨부파일'><i class='fa fa-file'></i> 1</a></td></tr>"
        )

    add(
        "a university's board with attachments",
        "https://cs.univ.example/bbs/cs/21/artclList.do",
        page("ko", f"<div id='menu'>{menu('대학소개', '입학', '학사안내', '연구', '공지사항')}</div><div class='_fnctWrap'><form name='frm'><table class='board-table horizon1'><caption>공지사항</caption><thead><tr><th>번호</th><th>제목</th><th>작성자</th><th>작성일</th><th>조회수</th><th>첨부</th></tr></thead><tbody>{''.join(map(row, range(8)))}</tbody></table></form></div>{END_KO}"),
        [Seen(f"/bbs/cs/21/{800 - n}/artclView.do", f"[학사] {KOREAN[n]}", f"2026-11-{20 - n:02}") for n in range(8)],
    )  # fmt: skip


def _forum_topics() -> None:
    rows = "".join(
        f"<li class='row {'sticky' if n < 2 else ''} bg{n % 2 + 1}'><dl class='row-item topic_read'><dt title='No unread posts'><div class='list-inner'><a href='./viewtopic.php?t={90 - n}&amp;sid=0a1b2c' class='topictitle'>{title}</a><br>"
        f"<div class='responsive-show' style='display: none;'>Last post by <a href='./memberlist.php?mode=viewprofile&amp;u={n}' class='username'>bob</a></div><div class='topic-poster responsive-hide left-box'>by <a href='./memberlist.php?mode=viewprofile&amp;u=2' class='username'>ann</a> &raquo; <time datetime='2026-11-{20 - n:02}T08:30:00+00:00'>Fri Nov {20 - n}, 2026 8:30 am</time></div>"
        f"<div class='pagination'><ul><li><a class='button' href='./viewtopic.php?t={90 - n}&amp;sid=0a1b2c'>1</a></li><li><a class='button' href='./viewtopic.php?t={90 - n}&amp;sid=0a1b2c&amp;start=15'>2</a></li></ul></div></div></dt><dd class='posts'>{n + 12} <dfn>Replies</dfn></dd><dd class='views'>{n + 345} <dfn>Views</dfn></dd>"
        f"<dd class='lastpost'><span><dfn>Last post</dfn> by <a href='./memberlist.php?mode=viewprofile&amp;u=3' class='username'>bob</a> <a href='./viewtopic.php?p=3{n}#p3{n}' title='Go to last post'><i class='icon'></i></a><br><time datetime='2026-11-21T0{n}:00:00+00:00'>Sat Nov 21, 2026 {n}:00 am</time></span></dd></dl></li>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "a forum's topics with pages of their own",
        "https://forum.harbour.example/viewforum.php?f=4",
        page("en", f"<div id='page-header'><ul id='nav-main'><li><a href='./faq.php'>FAQ</a></li><li><a href='./ucp.php?mode=login'>Login</a></li></ul></div><div id='page-body'><h2 class='forum-title'><a href='./viewforum.php?f=4'>Boats</a></h2><div class='forumbg'><div class='inner'><ul class='topiclist topics'>{rows}</ul></div></div></div>"),
        [Seen(f"/viewtopic.php?t={90 - n}&sid=0a1b2c", title, f"2026-11-{20 - n:02}T08:30") for n, title in enumerate(ENGLISH)],
    )  # fmt: skip


def _discussions() -> None:
    rows = "".join(
        f"<tr class='topic-list-item' id='topic-list-item-{n}'><td class='main-link' itemprop='itemListElement' itemscope><meta itemprop='position' content='{n + 1}'><span class='link-top-line'><a itemprop='url' href='https://talk.example/t/post-{n}/{700 - n}' class='title raw-link raw-topic-link'>{title}</a></span>"
        f"<div class='link-bottom-line'><a href='https://talk.example/c/harbour/4' class='badge-wrapper bullet'><span class='badge-category-bg'></span><span class='badge-category clear-badge'><span class='category-name'>Harbour</span></span></a></div></td>"
        f"<td class='replies'><span class='posts' title='posts'>{n + 2}</span></td><td class='views'><span class='views' title='views'>{n + 120}</span></td><td>November {20 - n}, 2026</td></tr>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "discussions as they are shown without scripts",
        "https://talk.example/latest",
        page("en", f"<header><a href='https://talk.example/'><h1>Harbour talk</h1></a></header><div id='main-outlet'><div class='topic-list-container'><table class='topic-list'><thead><tr><th>Topic</th><th></th><th>Replies</th><th>Views</th><th>Activity</th></tr></thead><tbody>{rows}</tbody></table></div><div role='navigation' class='topic-list-bottom'><span><b><a rel='next' itemprop='url' href='/latest?no_definitions=true&amp;page=1'>next page →</a></b></span></div></div>"),
        [Seen(f"/t/post-{n}/{700 - n}", title, f"2026-11-{20 - n:02}") for n, title in enumerate(ENGLISH)],
        "/latest?no_definitions=true&page=1",
    )  # fmt: skip


def _whole_posts() -> None:
    body = " ".join([TEASER] * 4)
    rows = "".join(
        f"<article id='post-{n}' class='post-{n} post type-post status-publish format-standard hentry category-news tag-ferry'><header class='entry-header'><h1 class='entry-title'><a href='https://blog.harbour.example/2026/11/{20 - n}/post-{n}/' rel='bookmark'>{title}</a></h1><div class='comments-link'><a href='https://blog.harbour.example/2026/11/{20 - n}/post-{n}/#respond'><span class='leave-reply'>Leave a reply</span></a></div></header>"
        f"<div class='entry-content'><p>{body}</p><p><img class='size-full' src='/up/{n}.jpg' alt='' width='600' height='400'></p><p>As we wrote <a href='https://blog.harbour.example/2026/10/0{n + 1}/older-post-about-the-pier/'>in an older post about the pier</a>: {body}</p></div>"
        f"<footer class='entry-meta'>This entry was posted in <a href='/category/news/' rel='category tag'>News</a> on <a href='https://blog.harbour.example/2026/11/{20 - n}/post-{n}/' title='8:30 am' rel='bookmark'><time class='entry-date' datetime='2026-11-{20 - n}T08:30:00+00:00'>November {20 - n}, 2026</time></a><span class='by-author'> by <span class='author vcard'><a class='url fn n' href='/author/ann/'>Ann Lee</a></span></span>.</footer></article>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "whole posts, one under the other",
        "https://blog.harbour.example/",
        page("en", f"{TOP_EN}<div id='primary' class='site-content'><div id='content' role='main'>{rows}<nav class='navigation' id='nav-below'><div class='nav-previous'><a href='https://blog.harbour.example/page/2/'><span class='meta-nav'>&larr;</span> Older posts</a></div></nav></div></div><div id='secondary' class='widget-area'><aside class='widget widget_recent_entries'><h3>Recent Posts</h3><ul>{''.join(f'<li><a href=https://blog.harbour.example/2026/11/{20 - n}/post-{n}/>{t}</a></li>' for n, t in enumerate(ENGLISH[:5]))}</ul></aside></div>{END_EN}"),
        [Seen(f"/2026/11/{20 - n}/post-{n}/", title, f"2026-11-{20 - n}", author="Ann Lee", image=f"/up/{n}.jpg", text=f"{body}\nAs we wrote in an older post about the pier: {body}") for n, title in enumerate(ENGLISH)],
        "/page/2/",
    )  # fmt: skip


def _votes() -> None:
    rows = "".join(
        f"<div class='thing id-t3_{n} odd link' id='thing_t3_{n}' data-fullname='t3_{n}' data-url='/r/boats/comments/{n}/post/' data-timestamp='{1795221000000 + n * 3600000}'><span class='rank'>{n + 1}</span><div class='midcol unvoted'><div class='arrow up'></div><div class='score unvoted' title='{90 - n}'>{90 - n}</div></div>"
        f"<a class='thumbnail self may-blank' href='/r/boats/comments/{n}/post/'></a><div class='entry unvoted'><div class='top-matter'><p class='title'><a class='title may-blank' href='/r/boats/comments/{n}/post/' tabindex='1'>{title}</a> <span class='domain'>(<a href='/r/boats/'>self.boats</a>)</span></p>"
        f"<p class='tagline'>submitted <time title='Sat Nov 21' datetime='2026-11-21T0{n}:30:00+00:00' class='live-timestamp'>{20 - n} hours ago</time> by <a href='https://votes.example/user/ann' class='author may-blank'>ann_lee</a></p><ul class='flat-list buttons'><li class='first'><a href='https://votes.example/r/boats/comments/{n}/post/' class='bylink comments may-blank'>{n + 2} comments</a></li><li class='share'><a class='post-sharing-button' href='javascript: void 0;'>share</a></li></ul></div></div></div>"
        for n, title in enumerate(ENGLISH)
    )
    add(
        "links that are voted on",
        "https://votes.example/r/boats/",
        page("en", f"<div id='header'><ul class='tabmenu'><li><a href='/r/boats/new/'>new</a></li><li><a href='/r/boats/top/'>top</a></li></ul></div><div class='side'><div class='titlebox'><h1><a href='/r/boats/'>boats</a></h1></div></div><div class='content' role='main'><div id='siteTable' class='sitetable linklisting'>{rows}<div class='nav-buttons'><span class='nextprev'>view more: <span class='next-button'><a href='https://votes.example/r/boats/?count=8&amp;after=t3_7' rel='nofollow next'>next ›</a></span></span></div></div></div>"),
        [Seen(f"/r/boats/comments/{n}/post/", title, f"2026-11-21T0{n}:30") for n, title in enumerate(ENGLISH)],
        "/r/boats/?count=8&after=t3_7",
    )  # fmt: skip


def _chinese_roll() -> None:
    rows = "".join(
        "<ul class='list_009'>"
        + "".join(
            f"<li><a href='https://news.xinwen.example/c/2026-11-{20 - n:02}/doc-i{n}.shtml' target='_blank'>{CHINESE[n]}</a><span>(11月{20 - n}日 1{n}:30)</span></li>"
            for n in range(at, at + 5)
        )
        + "</ul>"
        for at in (0, 5)
    )
    add(
        "a chinese roll in bunches of five",
        "https://roll.news.xinwen.example/news/gnxw/index.shtml",
        page("zh-CN", f"<div class='secondary-header'>{menu('国内', '国际', '社会', '评论', '图片')}</div><div class='listBlk'>{rows}<div class='pagebox'><span class='pagebox_num_nonce'>1</span><span class='pagebox_num'><a href='./index_2.shtml'>2</a></span><span class='pagebox_num'><a href='./index_3.shtml'>3</a></span><span class='pagebox_next'><a href='./index_2.shtml' title='下一页'>下一页</a></span></div></div>"),
        [Seen(f"https://news.xinwen.example/c/2026-11-{20 - n:02}/doc-i{n}.shtml", CHINESE[n], f"2026-11-{20 - n:02}T1{n}:30") for n in range(10)],
        "/news/gnxw/index_2.shtml",
    )  # fmt: skip


def _russian_archive() -> None:
    rows = "".join(
        f"<li class='archive-page__item _news'><a class='card-full-news _archive' href='/news/2026/11/{20 - n}/zametka{n}/'><h3 class='card-full-news__title'>{title}</h3><div class='card-full-news__info'><time class='card-full-news__info-item card-full-news__date'>1{n}:30, {20 - n} ноября 2026</time><span class='card-full-news__info-item card-full-news__rubric'>Россия</span></div></a></li>"
        for n, title in enumerate(RUSSIAN)
    )
    add(
        "a russian archive with the clock before the day",
        "https://lentochka.example/2026/11/20/",
        page("ru", f"<header>{menu('Россия', 'Мир', 'Экономика', 'Спорт', 'Культура')}</header><main><ul class='archive-page__container'>{rows}</ul><div class='loadmore js-loadmore'><a class='loadmore__button' href='/2026/11/20/page/2/'>Дальше</a></div></main>"),
        [Seen(f"/news/2026/11/{20 - n}/zametka{n}/", title, f"2026-11-{20 - n}T1{n}:30") for n, title in enumerate(RUSSIAN)],
        "/2026/11/20/page/2/",
    )  # fmt: skip


def _state_of_apollo() -> None:
    store = {
        "ROOT_QUERY": {
            "__typename": "Query",
            'feed({"first":8})': {"edges": [{"node": {"__ref": f"Story:{n}"}} for n in range(8)]},
        }
    }
    for n, title in enumerate(ENGLISH):
        store[f"Story:{n}"] = {"__typename": "Story", "id": str(n), "headline": title, "url": f"/story/{n}", "publishedAt": f"2026-11-{20 - n}T08:30:00Z", "summary": TEASER}  # fmt: skip
    add(
        "a shell with a store of objects by id",
        "https://app.ledger.example/latest",
        page("en", f"<div id='root'><div class='spinner'></div></div><script>window.__APOLLO_STATE__={json.dumps(store)};</script><script src='/static/main.js'></script>"),
        [Seen(f"/story/{n}", title, f"2026-11-{20 - n}T08:30", TEASER) for n, title in enumerate(ENGLISH)],
    )  # fmt: skip


def _stream_of_react() -> None:
    stories = [{"id": n, "title": title, "href": f"/news/{n}", "date": f"2026-11-{20 - n}T10:00:00+09:00"} for n, title in enumerate(KOREAN)]  # fmt: skip
    row = json.dumps(["$", "$L3", None, {"section": "society", "articles": stories}], ensure_ascii=False)
    half = len(row) // 2
    pushes = "".join(
        f"<script>self.__next_f.push([1,{json.dumps(part, ensure_ascii=False)}])</script>"
        for part in ('3:I["(app-pages-browser)/list.js",["77"],"List"]\n', "2:" + row[:half], row[half:] + "\n")
    )
    add(
        "a shell whose list comes in react's stream",
        "https://www.saebyeok.example/society",
        page("ko", f"<div class='shell'>{menu('정치', '경제', '사회')}<main><div class='skeleton'></div></main></div>{pushes}"),
        [Seen(f"/news/{n}", title, f"2026-11-{20 - n}T10:00") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


def _flat_of_nuxt() -> None:
    flat: list[object] = [["ShallowReactive", 1], {"data": 2}, {"list": 3}, {"articles": 4}, list(range(5, 13))]
    tail: list[object] = []
    for n, title in enumerate(KOREAN):
        at = 13 + len(tail)
        flat.append({"title": at, "link": at + 1, "regDate": at + 2})
        tail += [title, f"/view/{n}", f"2026-11-{20 - n} 10:00"]
    add(
        "a shell with a flat payload",
        "https://m.saebyeok.example/all",
        page("ko", f"<div id='__nuxt'></div><script type='application/json' id='__NUXT_DATA__' data-ssr='true'>{json.dumps(flat + tail, ensure_ascii=False)}</script>"),
        [Seen(f"/view/{n}", title, f"2026-11-{20 - n}T10:00") for n, title in enumerate(KOREAN)],
    )  # fmt: skip


for _make in (
    _clusters, _letters_archive, _cafe_board, _essays, _developers_cards, _stories_of_a_tag, _french_section,
    _german_section, _japanese_section, _brazilian_section, _spanish_section, _ministry_cards, _university_notices,
    _forum_topics, _discussions, _whole_posts, _votes, _chinese_roll, _russian_archive, _state_of_apollo,
    _stream_of_react, _flat_of_nuxt,
):  # fmt: skip
    _make()

__all__ = ["PAGES"]
