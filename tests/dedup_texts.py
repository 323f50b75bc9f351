"""Texts and makers of texts in the manner of news, for the tests of duplicates."""

# ruff: noqa: E501

import random

KOREAN = (
    "국토교통부가 내년부터 지방 중소도시의 낡은 역사를 문화 공간으로 바꾸는 사업을 시작한다.\n"
    "첫 대상은 논산과 제천, 김천의 세 곳으로, 세 해 동안 모두 420억원이 들어간다. 대합실 절반을 도서관과 전시실로 쓰고 "
    "남는 승강장은 주민이 여는 장터로 내준다.\n"
    "박은정 도시재생과장은 “역은 사람들이 가장 많이 지나는 곳인데도 비어 있는 자리가 너무 많았다”며 “지역이 스스로 "
    "쓸모를 정하게 하겠다”고 말했다.\n"
    "철도공사는 운행에 지장이 없도록 공사를 밤 시간에 하기로 했다. 주민 설명회는 다음 달 12일부터 차례로 열린다."
)
ENGLISH = (
    "The harbour board voted on Tuesday to turn the old grain terminal into a public market, ending nine years of talks.\n"
    "Work on the 1920s building will begin in March and cost 18.4 million, two thirds of it from the regional fund. "
    "The silos stay, and a footbridge will join the quay to the tram stop.\n"
    "“People walked past a locked door for a generation,” said the board's chair, Miriam Okafor. “Now they get to decide "
    "what is behind it.”\n"
    "Fishermen who keep nets in the eastern shed must leave by 31 May. The board promised them berths at half the rent."
)
JAPANESE = (
    "市は二十日、駅前の古い倉庫を市民図書館に建て替える計画を明らかにした。総工費は32億円で、来年4月に着工し、三年後の開館をめざす。"
    "延べ床面積は今の図書館の二倍になり、子ども向けの読み聞かせの部屋と、夜九時まで使える学習席を設ける。"
    "市長は記者会見で「本を借りるだけでなく、長くいられる場所にしたい」と述べた。地元の商店会は歓迎しているが、駐車場が減ることを心配する声もある。"
)
HINDI = (
    "राज्य सरकार ने सोमवार को कहा कि अगले साल से गाँवों के पुराने डाकघरों में छोटे पुस्तकालय खोले जाएँगे। पहले चरण में 140 गाँव चुने गए हैं।"
    "हर पुस्तकालय में बच्चों के लिए अलग कमरा होगा और शाम सात बजे तक पढ़ने की जगह मिलेगी। शिक्षा मंत्री ने कहा कि किताबें ज़िला केंद्रों से हर महीने बदली जाएँगी।"
    "शिक्षक संघ ने योजना का स्वागत किया, पर कहा कि कर्मचारियों की नियुक्ति के बिना दरवाज़े बंद ही रहेंगे।"
)
THAI = (
    "เทศบาลเมืองประกาศเมื่อวันจันทร์ว่าจะเปลี่ยนโรงสีเก่าริมแม่น้ำให้เป็นตลาดและห้องสมุดของชุมชน โดยใช้งบประมาณ 85 ล้านบาท "
    "งานก่อสร้างจะเริ่มในเดือนมีนาคมและใช้เวลาสองปี นายกเทศมนตรีกล่าวว่าอาคารไม้หลังเดิมจะถูกเก็บรักษาไว้ทั้งหมด "
    "ชาวบ้านที่ค้าขายอยู่หน้าโรงสีจะได้แผงใหม่โดยไม่ต้องเสียค่าเช่าในปีแรก แต่ชาวประมงกังวลว่าท่าเรือจะถูกปิดระหว่างการก่อสร้าง"
)
TEXTS = {"ko": KOREAN, "en": ENGLISH, "ja": JAPANESE, "hi": HINDI, "th": THAI}
OTHERS = {
    "ko": "문화체육관광부는 겨울 축제 일정을 모은 안내서를 펴냈다. 강원과 전북의 마을 축제 마흔두 곳이 실렸고 교통편과 숙소도 함께 적혀 있다. "
    "장관은 “지역을 천천히 걷는 여행이 늘었으면 한다”고 말했다.",
    "en": "A rowing club that lost its boathouse to the floods has bought a barge and moved on board. Members painted "
    "it over the winter and will open the galley to walkers on Sundays, the treasurer said.",
    "ja": "県は二十日、台風で壊れた橋の復旧工事を始めたと発表した。通行止めは来年の春まで続く見通しで、迂回路では渋滞が起きている。",
    "hi": "मौसम विभाग ने कहा कि पहाड़ी ज़िलों में दो दिन तक बर्फ़बारी होगी। सड़कें बंद रहने की आशंका है और यात्रियों से रुकने को कहा गया है।",
    "th": "กรมอุตุนิยมวิทยาเตือนว่าภาคใต้จะมีฝนตกหนักตลอดสัปดาห์ ชาวเรือควรงดออกจากฝั่งและติดตามประกาศอย่างใกล้ชิด",
}


def weather(city: str, low: str, high: str, rain: str, dust: str) -> str:
    return (
        f"{city}은 대체로 맑다가 밤부터 구름이 많아지겠다. 아침 최저기온은 {low}도, 낮 최고기온은 {high}도로 예상된다. "
        f"비 올 확률은 {rain}%이며 미세먼지 농도는 {dust}마이크로그램으로 보통 수준이겠다. 기상청은 일교차가 크니 건강에 "
        "유의해 달라고 당부했다."
    )


def market(index: str, move: str, volume: str, yen: str, oil: str) -> str:
    return (
        f"Shares ended the day at {index} points on the main board, a move of {move} percent from the previous close. "
        f"Turnover came to {volume} million, in line with the monthly average. The currency was quoted at {yen} to the "
        f"dollar late in the afternoon and crude oil for next month's delivery settled at {oil} a barrel."
    )


SURNAMES = tuple("김이박최정강조윤장임")
GIVEN = ("민준", "서연", "도윤", "예준", "미영", "정숙", "성진", "경희", "보람", "태식")
TOWNS = ("수원", "용인", "천안", "전주", "순천", "포항", "구미", "진주", "원주", "춘천", "강릉", "제천", "논산", "정읍")
FIRMS = ("한결정밀", "새롬물산", "동방케미칼", "미래로지스", "누리바이오", "푸른에너지", "대한로봇", "세찬건설")
CITIES = (
    "Leeds",
    "Exeter",
    "Norwich",
    "Derby",
    "Lincoln",
    "Carlisle",
    "Durham",
    "Preston",
    "Swindon",
    "Truro",
    "Luton",
)
FIRST = ("James", "Mary", "Robert", "Linda", "Susan", "David", "Karen", "Nancy", "Peter", "Ruth", "Alan", "Joyce")
LAST = ("Smith", "Jones", "Taylor", "Wilson", "Davies", "Thomas", "Walker", "Wright", "Hughes", "Clarke", "Jackson")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def accident(rng: random.Random) -> str:
    town, day, hour, minute = rng.choice(TOWNS), rng.randint(1, 28), rng.randint(1, 11), rng.randint(1, 59)
    road = rng.choice(("국도 교차로", "지방도 터널 앞", "고속도로 나들목 부근", "시내 도로 굽은 길"))
    first, second = rng.sample(("승용차", "1t 화물차", "오토바이", "버스"), 2)
    return (
        f"{day}일 오{rng.choice('전후')} {hour}시 {minute}분께 {town}시 {road}에서 {rng.randint(20, 79)}대 {rng.choice('AB')}씨가 "
        f"몰던 {first}가 앞서가던 {second}를 들이받았다.\n이 사고로 운전자 등 {rng.randint(1, 9)}명이 다쳐 인근 병원으로 옮겨져 치료를 받고 있다. "
        "이들은 생명에 지장이 없는 것으로 알려졌다.\n경찰은 운전자가 술을 마신 상태는 아니었던 것으로 확인했다고 밝혔다. 경찰은 블랙박스 영상과 "
        "목격자 진술을 바탕으로 정확한 사고 경위를 조사하고 있다."
    )


def agreement_signed(rng: random.Random) -> str:
    firm, town = rng.choice(FIRMS), rng.choice(TOWNS)
    head, mayor = (rng.choice(SURNAMES) + rng.choice(GIVEN) for _ in range(2))
    return (
        f"{firm}이 {town}시와 지역 인재를 기르기 위한 업무협약을 맺었다고 밝혔다.\n이번 협약에 따라 두 기관은 "
        f"{rng.choice(('이차전지', '수소', '로봇', '바이오'))} 분야의 전문 인력을 함께 기르고 시설과 장비를 공동으로 쓰기로 했다. 협약식에는 {head} {firm} "
        f"대표와 {mayor} {town}시장 등 두 기관 관계자들이 참석했다.\n{head} 대표는 “{town}시와의 협력이 지역 산업의 경쟁력을 높이는 계기가 될 것으로 "
        f"기대한다”며 “함께 성장하는 생태계를 만드는 데 힘쓰겠다”고 말했다. {mayor} 시장은 “젊은이들이 현장에서 배우고 취업까지 이어지도록 아낌없이 "
        "지원하겠다”고 화답했다."
    )


def tremor(rng: random.Random) -> str:
    place = rng.choice(
        ("Fiji", "the Kuril Islands", "Tonga", "Vanuatu", "northern Sumatra", "the Aegean Sea", "Oaxaca")
    )
    return (
        f"An earthquake of magnitude {rng.randint(40, 69) / 10} struck near {place} on {rng.choice(DAYS)}, the seismological "
        f"centre said. The quake was at a depth of {rng.choice((10, 10, 33, 35, 50, 80))} km. There were no immediate reports "
        "of damage or casualties and no tsunami warning was issued."
    )


def missing(rng: random.Random) -> str:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    return (
        f"Police are growing concerned for the welfare of {first} {last}, who has been missing from {rng.choice(CITIES)} since "
        f"{rng.choice(DAYS)}.\n{first} {last}, {rng.randint(13, 85)}, is described as {rng.choice(('slim', 'stocky', 'tall'))} with "
        f"{rng.choice(('short brown', 'long fair', 'grey', 'black'))} hair and was last seen wearing a "
        f"{rng.choice(('blue coat', 'red jumper', 'hooded top'))}. Officers are carrying out enquiries and are asking anyone "
        f"who has seen {first} or knows where they may be to get in touch by calling 101."
    )


def obituary(rng: random.Random) -> str:
    name = lambda: f"{rng.choice(FIRST)} {rng.choice(LAST)}"  # noqa: E731
    return (
        f"{name()}, {rng.randint(60, 99)}, of {rng.choice(CITIES)}, died {rng.choice(DAYS)} at home surrounded by family.\nBorn in "
        f"{rng.choice(CITIES)} to the late {name()} and {name()}, a {rng.choice(('teacher', 'nurse', 'farmer', 'clerk'))} for "
        f"{rng.randint(10, 40)} years. Survivors include two children, {name()} and {name()}, and {rng.randint(2, 9)} "
        f"grandchildren.\nVisitation will be held from 4 to 7 p.m. on {rng.choice(DAYS)} at the {rng.choice(LAST)} Funeral Home. In "
        "lieu of flowers, the family asks that donations be made to the local hospice. Online condolences may be left at the "
        "funeral home's website."
    )


TEMPLATES = (accident, agreement_signed, tremor, missing, obituary)
"""Reports that differ in names and in a few numbers, small ones of which many are equal."""


def sentences(rng: random.Random, count: int) -> str:
    syllables = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호"
    words = ["".join(rng.choice(syllables) for _ in range(rng.randint(2, 4))) for _ in range(count * 9)]
    return " ".join(" ".join(words[at : at + 9]) + "다." for at in range(0, len(words), 9))
