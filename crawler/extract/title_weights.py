"""How much each sign speaks for a wording of the title. Written by `benchmarks/train_titles.py`.

Data: fundus (flairNLP/fundus), trafilatura's evaluation set, WCXB (M. Foley 2026, CC-BY-4.0), Korean pages.
Share of titles that equal the gold one in letters and digits, mean of ten ways to deal out the publishers:
- fundus, 164 pages: 0.924 by cross-validation over publishers (deals differ by 0.005),
  0.927 by these weights; 0.994 hold the right one
- korean, 13 pages: 1.000 by cross-validation over publishers (deals differ by 0.000),
  1.000 by these weights; 1.000 hold the right one
- traf, 488 pages: 0.907 by cross-validation over publishers (deals differ by 0.002),
  0.910 by these weights; 0.928 hold the right one
- wcxb, 791 pages: 0.899 by cross-validation over publishers (deals differ by 0.002),
  0.900 by these weights; 0.960 hold the right one
Signs: who says it (`ld` JSON-LD headline, `h1`, `h1s` a further h1, `rest` an h1 without its kicker, `og`, `tw`,
`t` <title>), who says it together or alone against others, `second` JSON-LD's alternative headline, `tail` of another
wording, `shown` as a line of the page, `headed` by the page's heading, `headed below` that while the h1 ends a
breadcrumb trail, `address` the one that the URL was made of, `stranger` and `unrelated` an h1 with few words of the
others, `ld against h1` JSON-LD alone, `news` where JSON-LD calls the page a NewsArticle.
"""

WEIGHTS: dict[str, float] = {
    "address": 0.6,
    "h1+og": 0.18,
    "h1+og+t": 0.81,
    "h1+t": 0.0,
    "h1s": -1.49,
    "headed": 0.73,
    "headed below": 0.55,
    "ld": 0.43,
    "ld against h1": -0.94,
    "news h1": -0.31,
    "news ld": 1.14,
    "news og": 0.79,
    "og": 0.55,
    "og tail": 0.68,
    "og+t": 0.0,
    "only h1": 0.08,
    "only og": 0.43,
    "only og+tw": 0.05,
    "only t": -0.32,
    "only tw": 0.19,
    "rest": 0.34,
    "second": 0.51,
    "short": -0.78,
    "shown": 0.57,
    "stranger": -0.41,
    "t": -0.19,
    "tail": 0.75,
    "unrelated": -0.01,
}
