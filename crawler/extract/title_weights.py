"""How much each sign speaks for a wording of the title. Written by `benchmarks/train_titles.py`.

Data: fundus (flairNLP/fundus), trafilatura's evaluation set, WCXB (M. Foley 2026, CC-BY-4.0).
Share of titles that equal the gold one in letters and digits:
- fundus, 164 pages: 0.860 by cross-validation over publishers, 0.921 by these weights; 0.994 hold the right one
- traf, 488 pages: 0.857 by cross-validation over publishers, 0.861 by these weights; 0.908 hold the right one
- wcxb, 791 pages: 0.862 by cross-validation over publishers, 0.866 by these weights; 0.947 hold the right one
Signs: who says it (`ld` JSON-LD headline, `h1`, `h1s` a further h1, `rest` an h1 without its kicker, `og`, `tw`, `ip`
itemprop, `t` <title>), who says it together or alone against others, `tail` and `head` of another wording, `news`
where JSON-LD calls the page a NewsArticle.
"""

WEIGHTS: dict[str, float] = {
    "h1": 2.1,
    "h1+og": 0.4,
    "h1+t": -1.33,
    "h1s": 0.75,
    "head": 0.96,
    "ip": 0.45,
    "ld": 0.56,
    "ld+h1": -0.67,
    "ld+og": -0.99,
    "news h1": -0.56,
    "news ld": 1.86,
    "news og": 0.34,
    "og": 0.89,
    "og against all": 1.52,
    "og tail": 1.99,
    "og+t": -0.75,
    "only h1": -0.84,
    "only ld": -0.8,
    "only og": 0.01,
    "only og+tw": 0.16,
    "only t": -0.56,
    "only tw": -0.07,
    "rest": 0.84,
    "short": -2.25,
    "stranger": -1.88,
    "t": 0.26,
    "tail": 0.39,
    "tw": 0.1,
    "unrelated": -0.63,
}
