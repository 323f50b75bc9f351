"""How much each sign speaks for a wording of the title. Written by `benchmarks/train_titles.py`.

Data: fundus (flairNLP/fundus), trafilatura's evaluation set, WCXB (M. Foley 2026, CC-BY-4.0), Korean pages.
Share of titles that equal the gold one in letters and digits, mean of ten ways to deal out the publishers:
- fundus, 164 pages: 0.918 by cross-validation over publishers (deals differ by 0.005),
  0.927 by these weights; 0.994 hold the right one
- korean, 13 pages: 0.992 by cross-validation over publishers (deals differ by 0.023),
  1.000 by these weights; 1.000 hold the right one
- traf, 488 pages: 0.887 by cross-validation over publishers (deals differ by 0.003),
  0.891 by these weights; 0.924 hold the right one
- wcxb, 791 pages: 0.895 by cross-validation over publishers (deals differ by 0.002),
  0.901 by these weights; 0.960 hold the right one
Signs: who says it (`ld` JSON-LD headline, `h1`, `h1s` a further h1, `rest` an h1 without its kicker, `og`, `tw`,
`t` <title>), who says it together or alone against others, `second` JSON-LD's alternative headline, `tail` of another
wording, `shown` as a line of the page, `headed` by the page's heading, `headed below` that while the h1 ends a
breadcrumb trail, `address` the one that the URL was made of, `stranger` and `unrelated` an h1 with few words of the
others, `ld against h1` JSON-LD alone, `news` where JSON-LD calls the page a NewsArticle.
"""

WEIGHTS: dict[str, float] = {
    "address": 0.69,
    "h1+og": 0.26,
    "h1+t": 0.0,
    "h1s": -0.31,
    "headed": 0.8,
    "headed below": 0.61,
    "ld": 0.58,
    "ld against h1": -1.31,
    "news h1": -0.23,
    "news ld": 1.07,
    "news og": 0.76,
    "og": 0.72,
    "og tail": 0.61,
    "og+t": 0.0,
    "only h1": 0.18,
    "only og": 0.46,
    "only og+tw": 0.2,
    "only t": -0.39,
    "only tw": 0.21,
    "rest": 0.26,
    "second": 0.5,
    "short": -0.98,
    "shown": 0.61,
    "stranger": -0.79,
    "t": -0.09,
    "tail": 0.48,
    "unrelated": -0.04,
}
