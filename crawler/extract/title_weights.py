"""How much each sign speaks for a wording of the title. Written by `benchmarks/train_titles.py`.

Data: fundus (flairNLP/fundus), trafilatura's evaluation set, WCXB (M. Foley 2026, CC-BY-4.0).
Share of titles that equal the gold one in letters and digits:
- fundus, 164 pages: 0.911 by cross-validation over publishers, 0.921 by these weights; 0.994 hold the right one
- traf, 488 pages: 0.884 by cross-validation over publishers, 0.889 by these weights; 0.924 hold the right one
- wcxb, 791 pages: 0.895 by cross-validation over publishers, 0.895 by these weights; 0.960 hold the right one
Signs: who says it (`ld` JSON-LD headline, `h1`, `h1s` a further h1, `rest` an h1 without its kicker, `og`, `tw`,
`t` <title>), who says it together or alone against others, `tail` of another wording, `shown` as a
line of the page, `headed` by the page's heading, `address` the one that the URL was made of, `stranger` and
`unrelated` an h1 with few words of the others, `news` where JSON-LD calls the page a NewsArticle.
"""

WEIGHTS: dict[str, float] = {
    "address": 0.69,
    "h1+og": 0.71,
    "h1+t": -0.39,
    "h1s": -0.28,
    "headed": 0.91,
    "ld": 0.5,
    "news h1": -0.13,
    "news ld": 1.14,
    "news og": 0.66,
    "og": 0.64,
    "og against all": 1.06,
    "og tail": 0.69,
    "og+t": -0.15,
    "only h1": 0.2,
    "only og": 0.15,
    "only og+tw": 0.39,
    "only t": -0.53,
    "only tw": 0.22,
    "rest": 0.26,
    "short": -0.89,
    "shown": 0.59,
    "stranger": -0.69,
    "t": 0.26,
    "tail": 0.28,
    "unrelated": -0.01,
}
