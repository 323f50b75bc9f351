"""How much each sign speaks for a wording of the title. Written by `benchmarks/train_titles.py`.

Data: fundus (flairNLP/fundus), trafilatura's evaluation set, WCXB (M. Foley 2026, CC-BY-4.0), Korean pages.
Share of titles that equal the gold one in letters and digits, mean of ten ways to deal out the publishers:
- fundus, 164 pages: 0.918 by cross-validation over publishers (deals differ by 0.003), 0.921 by these weights; 0.994 hold the right one
- korean, 13 pages: 0.992 by cross-validation over publishers (deals differ by 0.023), 1.000 by these weights; 1.000 hold the right one
- traf, 488 pages: 0.887 by cross-validation over publishers (deals differ by 0.002), 0.889 by these weights; 0.924 hold the right one
- wcxb, 791 pages: 0.893 by cross-validation over publishers (deals differ by 0.003), 0.898 by these weights; 0.960 hold the right one
Signs: who says it (`ld` JSON-LD headline, `h1`, `h1s` a further h1, `rest` an h1 without its kicker, `og`, `tw`,
`t` <title>), who says it together or alone against others, `second` JSON-LD's alternative headline, `tail` of another
wording, `shown` as a line of the page, `headed` by the page's heading, `headed below` that while the h1 ends a
breadcrumb trail, `address` the one that the URL was made of, `stranger` and `unrelated` an h1 with few words of the
others, `news` where JSON-LD calls the page a NewsArticle.
"""

WEIGHTS: dict[str, float] = {
    "address": 0.7,
    "h1+og": 0.46,
    "h1+t": -0.48,
    "h1s": -0.33,
    "headed": 0.81,
    "headed below": 0.9,
    "ld": 0.56,
    "news h1": -0.19,
    "news ld": 1.09,
    "news og": 0.69,
    "og": 0.68,
    "og tail": 0.63,
    "og+t": -0.17,
    "only h1": 0.08,
    "only ld": -1.27,
    "only og": 0.48,
    "only og+tw": 0.2,
    "only t": -0.45,
    "only tw": 0.19,
    "rest": 0.23,
    "second": 0.59,
    "short": -0.94,
    "shown": 0.65,
    "stranger": -0.78,
    "t": 0.05,
    "tail": 0.43,
    "unrelated": -0.03,
}
