"""How much each sign speaks for a wording of the title. Written by `benchmarks/train_titles.py`.

Data: fundus (flairNLP/fundus), trafilatura's evaluation set, WCXB (M. Foley 2026, CC-BY-4.0), Korean pages.
Share of titles that equal the gold one in letters and digits, mean of ten ways to deal out the publishers:
- fundus, 164 pages: 0.918 by cross-validation over publishers (deals differ by 0.004),
  0.933 by these weights; 0.994 hold the right one
- korean, 13 pages: 0.985 by cross-validation over publishers (deals differ by 0.031),
  1.000 by these weights; 1.000 hold the right one
- traf, 488 pages: 0.888 by cross-validation over publishers (deals differ by 0.002),
  0.889 by these weights; 0.924 hold the right one
- wcxb, 791 pages: 0.893 by cross-validation over publishers (deals differ by 0.003),
  0.896 by these weights; 0.960 hold the right one
Signs: who says it (`ld` JSON-LD headline, `h1`, `h1s` a further h1, `rest` an h1 without its kicker, `og`, `tw`,
`t` <title>), who says it together or alone against others, `second` JSON-LD's alternative headline, `tail` of another
wording, `shown` as a line of the page, `headed` by the page's heading, `headed below` that while the h1 ends a
breadcrumb trail, `address` the one that the URL was made of, `stranger` and `unrelated` an h1 with few words of the
others, `ld against h1` JSON-LD alone, `news` where JSON-LD calls the page a NewsArticle.
"""

WEIGHTS: dict[str, float] = {
    "address": 0.7,
    "h1+og": 0.31,
    "h1+t": -0.55,
    "h1s": -0.31,
    "headed": 0.86,
    "headed below": 0.67,
    "ld": 0.55,
    "ld against h1": -1.4,
    "news h1": -0.12,
    "news ld": 1.03,
    "news og": 0.81,
    "og": 0.67,
    "og tail": 0.61,
    "og+t": -0.15,
    "only h1": 0.13,
    "only og": 0.48,
    "only og+tw": 0.19,
    "only t": -0.47,
    "only tw": 0.19,
    "rest": 0.24,
    "second": 0.49,
    "short": -0.93,
    "shown": 0.62,
    "stranger": -0.77,
    "t": 0.13,
    "tail": 0.47,
    "unrelated": -0.03,
}
