# ruff: noqa: E501, SIM905 - a bank of words reads best as the plain text that it is
"""English news prose: word lists and templates. Every story told with them is invented."""

from __future__ import annotations

from random import Random

from crawler.newsroom.subjects import Subject

GIVEN = (
    "Amara Daniel Priya Owen Lucia Thomas Hana Marcus Ingrid Samuel Yusuf Clara Joel Naomi Victor Elena Rohan Beth Caleb Mina "
    "Tobias Greta Isaac Leila Martin Fiona Andre Sofia Henry Wanda"
).split()
SURNAMES = (
    "Okafor Whitlock Bergström Castellan Dunmore Eastgate Farrow Gillespie Hartwell Ibarra Jarrett Kowalczyk Lindqvist Marchetti "
    "Nakamura Osborne Pemberton Quigley Rahman Sandoval Thackeray Underhill Vasquez Winslow Yeats Zeller Ashby Brannigan Cho Delacroix"
).split()
ROLES = (
    "a senior researcher|the programme director|a spokesperson|an economist|the project manager|a transport planner|the deputy mayor|"
    "a professor|the chief engineer|an analyst|the union secretary|a policy adviser"
).split("|")
PLACES = (
    "Port Hallow|Eastmere|Kingsbridge|Alder Bay|Northfield|Saint Orrin|Larkspur|Whitcombe|Marlow Point|Brackley|Fenwick|Harrowgate Sound|"
    "Copper Hill|Ashdown|Tidewater|Redmoor|Glenbury|Silver Creek|Oakhaven|Dunmarrow"
).split("|")
INSTITUTE_HEADS = "Northern|Coastal|Civic|Atlantic|Meridian|Public|Harbour|Pacific|Regional|Open".split("|")
INSTITUTE_FIELDS = "Energy|Transport|Housing|Markets|Data|Ocean|Health|Labour|Food|Skills".split("|")
INSTITUTE_TAILS = "Institute|Council|Observatory|Foundation|Research Centre|Forum".split("|")


def person(rng: Random) -> str:
    """An English-language name."""
    return f"{rng.choice(GIVEN)} {rng.choice(SURNAMES)}"


def institute(rng: Random) -> str:
    """An invented institute."""
    return f"the {rng.choice(INSTITUTE_HEADS)} {rng.choice(INSTITUTE_FIELDS)} {rng.choice(INSTITUTE_TAILS)}"


def money(rng: Random) -> str:
    """A sum of money."""
    return rng.choice(
        (
            f"${rng.randint(2, 95)} million",
            f"${rng.randint(1, 9)}.{rng.randint(1, 9)} billion",
            f"${rng.randint(110, 980)},000",
            f"£{rng.randint(3, 70)} million",
        )
    )


def day(rng: Random) -> str:
    """A day as news prose names it."""
    weekday = rng.choice("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
    month = rng.choice("January February March April May June July September October November".split())
    return rng.choice((weekday, f"{month} {rng.randint(1, 28)}"))


def amount(rng: Random) -> str:
    """A count with its noun."""
    return rng.choice(
        (
            f"{rng.randint(12, 980)} households",
            f"{rng.randint(3, 48)} companies",
            f"nearly {rng.randint(2, 90)},000 people",
            f"{rng.randint(2, 30)} districts",
            f"{rng.randint(11, 96)} sites",
            f"more than {rng.randint(110, 990)} applicants",
        )
    )


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        key="meta",
        section="Technology",
        tags=("Meta", "Zuckerberg", "AI"),
        organisations=("Meta",),
        titles=(
            "Zuckerberg [bets|stakes] {money} on {thing} as rivals [circle|regroup]",
            "Meta picks {place} for {money} data centre",
            "Meta's {thing} reach {#2-9} million users, and [questions follow|a reckoning]",
            "Inside Zuckerberg's plan to put {thing} [everywhere|in every pocket]",
        ),
        leads=(
            "Meta will spend {money} on {thing} over the next {#2-5} years, Mark Zuckerberg told staff on {day}.",
            "A field outside {place} is about to become one of Meta's largest data centres, {#200-900} acres of it.",
            "Mark Zuckerberg used a {#4-19}-minute video on {day} to show off {thing} that the company says will ship [by autumn|within the year].",
        ),
        details=(
            "The company's graphics processors will number {#2-9}00,000 by the end of the year, Zuckerberg said.",
            "Shares in Meta closed {%1-8} higher at ${#420-690}.{#10-99}.",
            "Advertising still brings in {%90-98} of revenue.",
            "The division behind {thing} lost {money} in the latest quarter.",
            "About {%40-90} of the site's electricity will come from solar farms, according to the filing.",
            "Meta has moved {#120-900} engineers into the group since {day}.",
            "Zuckerberg did not say what the devices would cost, though a slide briefly showed a figure of ${#199-899}.",
            "Regulators in {#3-14} countries have asked the company how recordings are stored.",
        ),
        quotes=(
            "We will look back at this as the year the shape of the device changed",
            "Zuckerberg has made this promise before, and {#2-5} years later we were still waiting",
            "The electricity bill is the real story here",
            "Nobody outside Meta has tested these claims",
        ),
        headings=("What Meta has promised", "The cost of catching up", "Power first"),
        points=(
            "a public test in {#2-9} cities",
            "{money} in grants for developers",
            "recordings deleted after {#3-24} months",
        ),
        table=(("Quarter", "Revenue"), ("First", "Second", "Third", "Fourth")),
    ),
    Subject(
        key="chips",
        section="Business",
        tags=("Samsung", "semiconductors", "memory"),
        organisations=("Samsung Electronics", "Calder Semiconductor", "Orin Devices"),
        titles=(
            "{org} to build {money} chip plant near {place}",
            "Memory prices [climb again|rise for a {#3-9}th month] as {org} [fills its order book|adds shifts]",
            "Why {org} is [pausing|rethinking] its {place} expansion",
        ),
        leads=(
            "{org} will add {%12-60} to its memory output after customers booked every wafer it can make until next summer.",
            "The price of memory chips has risen for {#3-9} months in a row, and {org} says the shortage is not over.",
            "{org} has put its expansion at {place} on hold for {#2-9} months, blaming the wait for grid connections.",
        ),
        details=(
            "Operating profit came in at {money}, {%2-18} above what analysts had expected.",
            "Utilisation at the {place} site has climbed to {%72-98}.",
            "{org2} delayed deliveries of new tools by {#2-6} weeks.",
            "The plant will run {#4-28} lithography machines when complete.",
            "Contract prices are expected to rise another {%2-14} next quarter.",
            "Suppliers within {#12-60} miles have hired {#120-900} workers since spring.",
            "Water for the factory will be recycled {#3-8} times before it is released.",
        ),
        quotes=(
            "Every extra month without power costs more than the building",
            "Inventory is the lowest I have seen in {#9-25} years",
            "Customers who laughed at long contracts are now asking for them",
        ),
        headings=("A tight market", "Waiting for the grid"),
        points=(
            "{#2-6} production lines converted",
            "apprenticeships for {#120-900} people",
            "a reservoir shared with {place}",
        ),
        table=(("Product", "Price change"), ("DRAM", "NAND", "HBM", "Sensors")),
    ),
    Subject(
        key="climate",
        section="Environment",
        tags=("climate", "weather", "oceans"),
        organisations=("the weather service", "the Coastal Commission", "Blue Shore"),
        titles=(
            "{place} records its [warmest|driest] month in {#40-140} years",
            "Sea wall or retreat? {place} [weighs|votes on] a {money} choice",
            "How {place} cut emissions by {%12-48} [without anyone noticing|in {#3-9} years]",
        ),
        leads=(
            "Temperatures in {place} last month were {#1-4}.{#1-9} degrees above the long-term average, the highest in {#40-140} years of records.",
            "Residents of {place} have {#30-90} days to decide whether to spend {money} on a sea wall or move {amount}.",
            "Emissions in {place} have fallen {%12-48} since the town replaced its boilers.",
        ),
        details=(
            "Rainfall reached only {%20-80} of what is normal for the season.",
            "Oyster growers lost about {%10-60} of this year's stock.",
            "{org} now reads {#60-290} gauges along the coast, up from {#20-50}.",
            "Insurance premiums have risen {%8-40} since {#2015-2023}.",
            "Nights above 25 degrees numbered {#8-31}.",
            "Volunteers planted {#2-9},{#100-900} trees on land that used to be a car park.",
            "The plan assumes the sea will rise by {#20-60} centimetres.",
        ),
        quotes=(
            "We are running out of summers to practise in",
            "A wall buys us {#20-40} years and then we have this meeting again",
            "People changed their boilers because it was cheaper, and that is fine by me",
        ),
        headings=("A coast on the move", "What comes next"),
        points=("{#12-90} cooling rooms opened at night", "a levy of ${#12-60} a year", "free tests of private wells"),
        table=(("Station", "Mean temperature"), ("Harbour", "Hill", "Airport", "Lighthouse")),
    ),
    Subject(
        key="transit",
        section="Local",
        tags=("transport", "rail", "buses"),
        organisations=("the transit agency", "Larkline Rail", "Metro Ferries"),
        titles=(
            "Night buses return to {place} after {#3-14} years",
            "{place} to {place2} in {#28-90} minutes as [new line opens|trains start running]",
            "Ferry fares to [fall|rise] by {%5-30} at {place}",
        ),
        leads=(
            "The first train from {place} to {place2} left {#2-9} minutes late on {day} and nobody on board seemed to mind.",
            "{org} will run {#4-19} night bus routes from {day}, the first since {#2009-2021}.",
            "Fares on the {place} ferry will change by {%5-30} under a plan that {org} published on {day}.",
        ),
        details=(
            "The line cost {money} and took {#4-12} years.",
            "Ridership in the opening week was {%5-40} above the forecast.",
            "Trains run every {#8-30} minutes until midnight.",
            "{org} has hired {#40-190} drivers, a third of them women.",
            "Noise complaints fell by {%12-60} once the rails were ground.",
            "Platforms at {#5-28} stations were raised so that wheelchairs roll straight in.",
            "Cyclists may bring bicycles on board outside the peak.",
        ),
        quotes=(
            "I used to sleep in my car between shifts",
            "We planned for {#3-9} thousand riders and got twice that",
            "The timetable is a promise and we broke it for too long",
        ),
        headings=("Late, but welcome", "Who pays"),
        points=(
            "transfers valid for {#60-120} minutes",
            "{#120-390} bicycle stands at the station",
            "quiet carriages at both ends",
        ),
        table=(("Route", "Minutes"), ("Express", "Local", "Night")),
    ),
    Subject(
        key="markets",
        section="Markets",
        tags=("economy", "rates", "jobs"),
        organisations=("the central bank", "Hallow Savings", "Meridian Capital"),
        titles=(
            "Central bank [holds|trims] rates as {place} [shrugs|cheers]",
            "Hiring [slows|picks up] in {place} with {amount} [affected|added]",
            "Small banks [win|lose] savers as {org} pays {%3-6}",
        ),
        leads=(
            "The central bank left its main rate at {%2-5} on {day}, the {#3-9}th meeting without a change.",
            "Employers in {place} added {#2-19},{#100-900} jobs last month, most of them in warehouses and clinics.",
            "{org} raised the rate on its savings account to {%3-6}, and within {#2-9} days had {amount} on a waiting list.",
        ),
        details=(
            "Unemployment stood at {%3-7}.",
            "The index of leading shares rose {%0-3} to {#6-9},{#100-900}.",
            "Household borrowing grew by {money} over the quarter.",
            "Wages were {%2-6} higher than a year earlier.",
            "Bond yields slipped {#2-14} basis points after the announcement.",
            "{org} cut its forecast for growth to {%1-3}.",
            "Exports through {place} fell for the {#2-7}th month.",
        ),
        quotes=(
            "The case for a cut is there and the courage is not",
            "Savers have long memories",
            "One good month is a rumour and three are news",
        ),
        headings=("Reading the minutes", "On the shop floor"),
        points=("a cap of {%4-7} on variable rates", "{money} of loans to small firms extended"),
        table=(("Sector", "Change"), ("Retail", "Transport", "Health", "Building")),
    ),
    Subject(
        key="health",
        section="Health",
        tags=("health", "hospitals", "research"),
        organisations=("Saint Orrin Hospital", "the health board", "Tidewater Clinic"),
        titles=(
            "Walking {#5-9},000 steps a day [cuts|lowers] heart risk, {place} study finds",
            "Flu [arrives early|fills wards] in {place}",
            "A night clinic for children opens in {place}",
        ),
        leads=(
            "People who walk {#5-9},000 steps a day are {%12-40} less likely to have a heart attack, a study of {amount} has found.",
            "Flu cases in {place} have doubled in {#2-5} weeks, and {org} is asking visitors to stay away.",
            "{org} opened a clinic on {day} that sees children until {#10-12} at night.",
        ),
        details=(
            "Vaccination stands at {%42-81}, slightly below last year.",
            "Only {#6-40} of {#120-390} beds were free on {day}.",
            "Participants wore a small sensor for {#7-28} days.",
            "The effect was largest among those aged over {#55-70}.",
            "{org} is hiring {#12-90} nurses.",
            "Waiting times fell from {#4-9} hours to {#30-90} minutes.",
            "The work was paid for by {institute} and took {#3-12} years.",
        ),
        quotes=(
            "Put your shoes next to the door and you have done the hard part",
            "One doctor cannot see {#40-90} children in a night",
            "The numbers surprised us, so we counted again",
        ),
        headings=("How the study worked", "What patients say"),
        points=("free jabs from age {#50-65}", "{#12-90} pharmacies open late", "a phone line with {#20-60} nurses"),
        table=(("Age group", "Cases"), ("Under 5", "6 to 12", "13 to 18", "Over 65")),
    ),
    Subject(
        key="culture",
        section="Culture",
        tags=("film", "museums", "festivals"),
        organisations=("the Harbour Museum", "Lantern Pictures", "the Old Mill Theatre"),
        titles=(
            "At {#70-94}, {p1} has a first [exhibition|show] in {place}",
            "The {place} film that [cost almost nothing|was shot in {#9-30} days]",
            "{place} festival draws {#12-90},000 [despite rain|on its last weekend]",
        ),
        leads=(
            "{p1} kept {#120-900} paintings in a barn outside {place} for {#20-50} years before anyone asked to see them.",
            "A film made in {place} for {money} has sold {#20-90},000 tickets in {#2-6} weeks.",
            "The streets of {place} were full on {day} as {amount} turned out for the closing parade.",
        ),
        details=(
            "{org} will show {#40-190} of the works until {day}.",
            "Tickets cost ${#5-25}, half that for residents.",
            "The number of screens has grown from {#9-40} to {#60-190}.",
            "Shops along the route reported sales {%12-60} above a normal weekend.",
            "The director lived in {place} for {#2-9} years while writing.",
            "A workshop for children fills one of the {#3-9} rooms.",
            "Critics have compared it to a letter that took {#20-40} years to arrive.",
        ),
        quotes=(
            "I never painted for a wall",
            "We had {#3-9} actors and one working camera",
            "The best part is watching strangers sweep the street together afterwards",
        ),
        headings=("A barn full of pictures", "Word of mouth"),
        points=("late opening on {#3-12} evenings", "guided tours {#3-9} times a day"),
        table=(("Event", "Visitors"), ("Opening", "Parade", "Night market")),
    ),
    Subject(
        key="sports",
        section="Sport",
        tags=("football", "baseball", "athletics"),
        organisations=("Port Hallow Rovers", "Alder Bay Mariners", "Brackley Athletic", "Fenwick Town"),
        titles=(
            "{org} beat {org2} {#2-5}-{#0-1} [to go top|in the rain]",
            "{p1} [scores twice|is the hero] as {org} [win again|survive]",
            "{p1} signs for {org} until {#2028-2032}",
        ),
        leads=(
            "{org} beat {org2} {#2-5}-{#0-1} on {day} in front of {#8-44},{#100-900} people.",
            "{p1} scored in the {#70-89}th minute to send {org} to the top of the table.",
            "{p1} has signed a contract with {org} worth {money}.",
        ),
        details=(
            "It was their {#3-9}th win in a row.",
            "{org2} hit the post {#2-4} times before half-time.",
            "The visitors had {%52-70} of the ball and little to show for it.",
            "{p1} has now scored {#8-24} goals this season.",
            "The goalkeeper made {#4-11} saves.",
            "They meet again on {day}.",
            "Rain delayed the start by {#15-50} minutes.",
        ),
        quotes=(
            "We suffered for an hour and then the ground started to sing",
            "I would swap all my goals for the trophy",
            "He trains as if he were {#17-19}",
        ),
        headings=("The turning point", "What it means"),
        points=("{#2-5} players return from injury", "tickets on sale from {day}"),
        table=(("Team", "Points"), ("Rovers", "Mariners", "Athletic", "Town")),
    ),
)

THINGS: tuple[str, ...] = (
    "smart glasses", "language models", "AI assistants", "live translation tools", "wristband controllers", "video generators", "open-source models",
)  # fmt: skip

ATTRIBUTIONS: tuple[str, ...] = (
    "“{quote},” said {who}.",
    "“{quote},” {who}, [told reporters|said in an interview|told a meeting] on {day}.",
    "{Who}, put it this way: “{quote}.”",
    "“{quote},” said {who}, who has worked in {place} for {#8-30} years.",
    "Asked about the figures, {who}, said: “{quote}.”",
    "“{quote},” according to {who}.",
)
CAUSES: tuple[str, ...] = (
    "After {amount} asked to take part,",
    "With material costs up {%3-28},",
    "Since {institute} published its report,",
    "Although part of the work slipped by {#2-9} weeks,",
    "Because {money} of public funding was approved on {day},",
    "While a similar plan in {place2} collapsed,",
    "Following {#2-9} public meetings,",
    "Now that {#2-5} departments have been merged into one,",
    "Despite {#12-60} written objections,",
    "Encouraged by a trial that {%71-96} of users liked,",
)
CONSEQUENCES: tuple[str, ...] = (
    "officials want to bring the schedule forward by {#2-8} weeks.",
    "a further {money} will [be needed|have to be found].",
    "{place2} and {#3-14} other towns are [preparing to follow|asking for the plans].",
    "the work will be done in {#2-6} stages.",
    "the number of partners has grown from {#3-9} to {#10-28}.",
    "a second trial will start in {place2} before {day}.",
    "{institute} is to measure the results on its own.",
    "private donors have offered {money}.",
    "the team will hire {#3-28} more people.",
    "the average bill should fall by ${#3-40} a month.",
)
BACKGROUND: tuple[str, ...] = (
    "In a survey by {institute}, {%51-93} of those asked were in favour.",
    "That is {%3-48} more than in the same period last year.",
    "{place2} has had a similar scheme for {#2-9} years.",
    "The national average is {%12-68}, according to {institute}.",
    "The documents run to {#120-980} pages and were released on {day}.",
    "At least {#3-14} other countries have tried something like it.",
    "Costs are shared between the state, which pays {%30-60}, and the town.",
    "An earlier meeting in {place} lasted {#2-6} hours and ended without a vote.",
    "{Institute} will hold a debate on the subject on {day}.",
    "Applications are open until {day}, online or by telephone.",
)
CLOSINGS: tuple[str, ...] = (
    "A final decision is due on {day}.",
    "{Institute} says it will publish progress every {#2-6} months.",
    "“Come back in {#2-6} months and you will see the difference,” said {who}.",
    "Talks resume in {place} on {day}.",
    "There are {#2-6} steps left, and the last could be taken by {day}.",
)
CAPTIONS: tuple[str, ...] = (
    "Visitors at an event in {place} on {day}. Photograph: {institute}",
    "A street in {place}. File photo",
    "Staff of {org} during a tour of the {place} site.",
    "Residents of {place} waiting in line. Picture: staff",
)
SUMMARIES: tuple[str, ...] = (
    "{amount2} are involved, and the bill is put at {money}",
    "Work in {place} will take {#2-6} stages and the first results are due by {day}",
    "{Institute} expects answers within {#2-6} months, but people in {place} are divided",
)
ADDED: tuple[str, ...] = (
    "In a statement sent after publication, {institute} said it would look again at {#2-6} of its findings.",
    "Reached by telephone later, {who}, said the situation in {place} would be explained within {#2-6} days.",
    "Officials in {place2} said on {day} that {#3-12} inspectors had been sent to follow up.",
)
