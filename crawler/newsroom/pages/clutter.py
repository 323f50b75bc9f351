# ruff: noqa: E501 - markup is easier to check where a line of it stays a line
"""The words of everything on a page that is not the article, in lists to choose from. None of them ever occurs in an article."""

from __future__ import annotations

from collections.abc import Mapping

NAVIGATION: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "홈",
        "정치",
        "경제",
        "사회",
        "국제",
        "문화",
        "스포츠",
        "IT·과학",
        "오피니언",
        "연예",
        "지역",
        "포토",
        "영상",
        "날씨",
        "구독",
        "지면보기",
        "이벤트",
        "만평",
    ),
    "en": (
        "Home",
        "World",
        "Local",
        "Business",
        "Technology",
        "Opinion",
        "Sport",
        "Culture",
        "Environment",
        "Health",
        "Podcasts",
        "Video",
        "Crossword",
        "Obituaries",
        "Jobs",
    ),
}
SKIP: Mapping[str, tuple[str, ...]] = {
    "ko": ("본문 바로가기", "메뉴 바로가기", "콘텐츠 바로가기"),
    "en": ("Skip to main content", "Skip to navigation"),
}
COOKIE: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "이 사이트는 더 나은 이용 경험을 위해 쿠키를 사용합니다. 계속 이용하시면 쿠키 사용에 동의하는 것으로 간주합니다.",
        "맞춤 광고와 통계를 위해 쿠키를 저장합니다. 자세한 내용은 개인정보처리방침에서 확인하실 수 있습니다.",
        "쿠키 설정을 선택해 주세요. 필수 쿠키는 끌 수 없습니다.",
    ),
    "en": (
        "We and our 214 partners store and access information on your device to personalise ads and content. You can change your choices at any time.",
        "This site uses cookies. By continuing to browse you agree to our use of cookies as described in our privacy notice.",
        "Your privacy matters to us. Accept all cookies or manage your preferences below.",
    ),
}
ACCEPT: Mapping[str, tuple[str, ...]] = {
    "ko": ("모두 동의", "설정하기", "거부"),
    "en": ("Accept all", "Manage preferences", "Reject all"),
}
ADS: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "[광고] 하루 10분 영어, 첫 달 무료 체험 신청하기",
        "무릎이 시큰할 때 찾는 그것, 지금 1+1 특가 진행 중",
        "아파트 잔금 대출 한도 조회, 3분이면 끝납니다",
        "이 가격 실화? 공기청정기 오늘만 반값",
        "전국 무료배송 김장 배추 예약 시작",
        "여행 적금 가입하고 항공권 받아 가세요",
        "중고차 시세 조회는 여기서 무료로",
    ),
    "en": (
        "Advertisement: this mattress is changing how the neighbourhood sleeps",
        "Sponsored: compare car insurance in under two minutes",
        "Dermatologists are stunned by this one kitchen ingredient",
        "Save 40% on hiking boots until midnight",
        "Paid post: a retirement calculator your bank won't show you",
        "Try the crossword app free for 30 days",
        "Limited offer on solar panels in your postcode",
    ),
}
AD_LABEL: Mapping[str, tuple[str, ...]] = {
    "ko": ("광고", "AD", "ADVERTISEMENT", "Sponsored"),
    "en": ("Advertisement", "Sponsored", "Ad", "Continue reading below"),
}
RANKING: Mapping[str, tuple[str, ...]] = {
    "ko": ("많이 본 뉴스", "실시간 인기기사", "가장 많이 읽은 기사", "주간 베스트", "지금 뜨는 뉴스"),
    "en": ("Most read", "Trending now", "Popular this week", "What readers are opening"),
}
RELATED: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "관련기사",
        "이 기사와 함께 보면 좋은 기사",
        "함께 많이 본 뉴스",
        "당신이 관심 가질 만한 콘텐츠",
        "이 시각 추천뉴스",
    ),
    "en": ("Related stories", "More on this", "Read next", "You may also like", "From our newsroom"),
}
LATEST: Mapping[str, tuple[str, ...]] = {
    "ko": ("최신뉴스", "속보", "방금 올라온 글", "오늘의 주요뉴스"),
    "en": ("Latest headlines", "Just in", "Today's top stories"),
}
SHARE: Mapping[str, tuple[str, ...]] = {
    "ko": ("페이스북 공유", "카카오톡 공유", "URL 복사", "인쇄하기", "글자크기 조절", "스크랩", "기사 듣기"),
    "en": (
        "Share on Facebook",
        "Share on X",
        "Copy link",
        "Email this",
        "Print",
        "Save for later",
        "Listen to this article",
    ),
}
NEWSLETTER: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "매일 아침 핵심 뉴스를 메일로 받아 보세요. 지금 구독하면 첫 달은 무료입니다.",
        "뉴스레터를 신청하시면 매주 금요일 편집국이 고른 기사를 보내 드립니다.",
        "로그인하시면 더 많은 기사를 제한 없이 읽으실 수 있습니다.",
        "네이버 메인에서 저희 채널을 구독하고 알림을 받아 보세요.",
        "앱을 설치하면 속보를 가장 먼저 알려 드립니다.",
    ),
    "en": (
        "Sign up for our morning newsletter and never miss a headline.",
        "Enjoying this story? Subscribe today for just $1 a week and support local journalism.",
        "Get the five things you need to know, in your inbox every weekday at 7am.",
        "You have 2 free articles left this month. Create an account to keep reading.",
        "Download our app for breaking news alerts.",
    ),
}
COMMENTS: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "좋은 기사 감사합니다. 이런 소식 자주 올려 주세요.",
        "이게 말이 되나요? 세금이 아깝습니다.",
        "우리 동네에도 빨리 생겼으면 좋겠네요 ㅎㅎ",
        "기자님 오타 있어요. 둘째 줄 확인 부탁드려요.",
        "저도 다녀왔는데 사람이 너무 많더라고요.",
        "첫 댓글 달고 갑니다!",
        "맞구독 신청합니다~ 제 블로그도 놀러 오세요.",
        "포스팅 잘 보고 공감 누르고 갑니다. 즐거운 하루 보내세요.",
    ),
    "en": (
        "Finally someone wrote about this. My street has been waiting for years.",
        "I don't believe a word of it, sorry.",
        "Great reporting as always, keep it up!",
        "First! Also, who edits these things?",
        "My cousin works there and says it is all true.",
        "Could we please get a map next time?",
        "This comment was removed by a moderator.",
    ),
}
COMMENT_HEAD: Mapping[str, tuple[str, ...]] = {
    "ko": ("댓글", "의견 남기기", "독자 의견", "전체 댓글"),
    "en": ("Comments", "Join the conversation", "What do you think?"),
}
COMMENT_FORM: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "로그인 후 댓글을 남길 수 있습니다.",
        "타인을 비방하는 댓글은 삭제될 수 있습니다.",
        "댓글을 입력해 주세요 (0/400)",
    ),
    "en": (
        "Log in to leave a comment.",
        "Comments are moderated and may be edited for length.",
        "Be the first to comment",
    ),
}
NICKNAMES: tuple[str, ...] = (
    "바람돌이",
    "산책하는곰",
    "user_8123",
    "커피두잔",
    "moonlight77",
    "동네아저씨",
    "ej_park",
    "blue.hat",
    "익명",
    "kimchi_lover",
    "old_sailor",
    "marge",
)
COPYRIGHT: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "<저작권자 ⓒ {site}, 무단전재 및 재배포 금지>",
        "Copyright ⓒ {site}. All rights reserved. 무단 전재 및 재배포 금지",
        "ⓒ {site} 무단전재-재배포, AI 학습 및 활용 금지",
        "저작권자 © {site} 무단전재 및 재배포 금지",
    ),
    "en": (
        "© {site}. All rights reserved. Reproduction without permission is prohibited.",
        "Copyright {site}. This material may not be published, broadcast or rewritten.",
        "© {site} Media Group Ltd",
    ),
}
COMPANY: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "등록번호: 서울 아 01234 | 발행인: 나대표 | 청소년보호책임자: 나대표 | 대표전화 02-000-0000",
        "제호 {site} | 주소 서울특별시 중구 가상로 1 | 이 뉴스룸의 기사는 모두 지어낸 것입니다.",
    ),
    "en": (
        "{site}, 1 Imaginary Quay. Registered in a country that does not exist. All stories on this site are invented.",
        "Corrections: write to desk@example.com. Every story here is fictional.",
    ),
}
FOOTER_LINKS: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "회사소개",
        "이용약관",
        "개인정보처리방침",
        "청소년보호정책",
        "고충처리",
        "광고문의",
        "기사제보",
        "RSS",
        "저작권보호",
    ),
    "en": (
        "About us",
        "Terms of use",
        "Privacy policy",
        "Accessibility",
        "Advertise",
        "Contact",
        "Careers",
        "RSS feeds",
        "Ethics",
    ),
}
TOOLS: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "이 기사는 AI가 요약했습니다",
        "기사 원문 보기",
        "이 기사를 추천합니다",
        "좋아요",
        "훈훈해요",
        "슬퍼요",
        "화나요",
        "후속기사 원해요",
    ),
    "en": (
        "Key takeaways are generated automatically",
        "Report an error",
        "Why you can trust us",
        "Like",
        "Love",
        "Sad",
        "Angry",
    ),
}
PLEAS: tuple[str, ...] = (
    "*글이 마음에 드셨다면 '구독'과 '공감' 버튼을 한 번씩 눌러 주세요. 늘 고맙습니다.",
    "※ 도움이 되셨다면 아래 하트와 구독 꾹 부탁드립니다. 좋은 하루 되세요!",
    "* 이웃추가와 댓글은 글쓴이에게 큰 힘이 됩니다 :)",
)
SOURCES: tuple[tuple[str, str], ...] = (
    ("What the Numbers Say About the Year So Far", "https://www.example.com/business/2026/numbers-year-so-far/"),
    ("A Second Look at an Expensive Promise", "https://news.example.org/2026/03/second-look-expensive-promise"),
    ("Readers Ask, Researchers Answer", "https://www.example.net/weekly/readers-ask-researchers-answer.html"),
)
REPORTER: Mapping[str, tuple[str, ...]] = {
    "ko": (
        "구독하기",
        "기자의 다른 기사 보기",
        "응원하기",
        "현장에서 보고 들은 것을 쉽게 풀어 씁니다.",
        "제보는 언제나 환영합니다. 메일 주세요.",
    ),
    "en": (
        "Follow this reporter",
        "More by this author",
        "covers the region and lives by the harbour with two dogs.",
        "has been with the paper since its relaunch.",
    ),
}


def phrases() -> frozenset[str]:
    """Every phrase of clutter that is long enough to be told from an article's own words (eight characters or more)."""
    banks = (
        NAVIGATION,
        SKIP,
        COOKIE,
        ACCEPT,
        ADS,
        RANKING,
        RELATED,
        LATEST,
        SHARE,
        NEWSLETTER,
        COMMENTS,
        COMMENT_FORM,
        COMPANY,
        TOOLS,
        REPORTER,
    )
    found = {
        phrase
        for bank in banks
        for words in bank.values()
        for phrase in words
        if len(phrase) >= 8 and "{" not in phrase
    }
    return frozenset(
        found
        | set(PLEAS)
        | {title for title, _ in SOURCES}
        | {"무단전재", "무단 전재", "카테고리의 다른 글", "All rights reserved"}
    )
