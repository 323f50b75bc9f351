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


def sentences(rng: random.Random, count: int) -> str:
    syllables = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호"
    words = ["".join(rng.choice(syllables) for _ in range(rng.randint(2, 4))) for _ in range(count * 9)]
    return " ".join(" ".join(words[at : at + 9]) + "다." for at in range(0, len(words), 9))
