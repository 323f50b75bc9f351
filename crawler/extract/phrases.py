"""Lines that stand inside article containers and are never article: labels, pleas, link lines, rights, counters.

Patterns are anchored at the start of a line and only tried on short ones, so that a sentence of the text that happens
to begin alike ("Related companies fell as well, ...") is safe. They are written in lower case and tried on lines in
lower case: a pattern that ignores case cannot pass an alternative over by its first letter, and takes twice as long.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.text.clean import normalized

SHORT_LINE = 110
"""Characters up to which a line may be a label or a link line."""

PLEA_LINE = 330
"""Characters up to which a line may be a plea (subscribe, donate, follow) or a notice of rights."""

BEGGING_LINE = 200
"""Characters up to which a line may beg for subscriptions, or be an imprint."""

_ADVERT_LABELS = r"""
    (?:\[|\(|-|–|—|\s)*(?:advertisements?|advert|ads?|sponsored(?:\ content|\ links?)?|promoted
      |paid\ (?:content|post)|anzeige|werbung|publicit[éàe]|pubblicit[àa]
      |publicidade?|anuncio|advertentie|annons[e]?|annonce|reklama?
      |mainos|iklan|реклама|إعلان(?:ات)?|विज्ञापन|広告|廣告|广告|광고|スポンサーリンク
      |\[?\s?ad\s?\]?|adv|(?:advertisement\s?[-–—:|]\s?)?(?:article|story)\ continues\ (?:below|after)[^.]{0,40}
      |continue\ reading(?:\ below)?|scroll\ (?:to|down)[^.]{0,40}|skip\ advert[a-z]*|close\ advertisement
      |report\ (?:this\ )?ad)(?:\]|\)|:|-|–|—|\.|\s)*$
    """
"""Labels of advertisements: the whole line."""

_LABELS = re.compile(
    rf"(?:{_ADVERT_LABELS}"
    r"""
    # counters and clocks
    | (?:조회수?|현재\s?시[각간]|추천수?|공감|좋아요|댓글(?:수|쓰기|달기)?|스크랩|읽음|방문자|hits?
      |views?|page\s?views?|reads?|shares?
      |likes?|comments?|閲覧数?|阅读
      |浏览)\s?[:：]?\s?\(?[\d,.:\s년월일시분초km만천회개]+\)?(?:명|회|개|views?|reads?)?\s*$
    | [\d,.]+\s?(?:k|m)?\s?(?:views?|shares?|comments?|likes?|reads?|hits?|retweets?|min(?:ute)?s?\ read
      |min\.?\ (?:read|lesezeit|de\ lecture|lectura)|minuten?\ (?:lesezeit|leestijd)|조회|읽음|개의\s댓글)\s*$
    | (?:reading\ time|read\ time|lesezeit|lesedauer|temps\ de\ lecture|tiempo\ de\ lectura
      |tempo\ di\ lettura|leestijd)\b.{0,30}$
    # buttons
    | (?:share(?:\ (?:this|on|via|with|article|story|full\ article).{0,40})?|tweet(?:\ this)?|pin(?:\ it)?
      |email(?:\ this)?|e-?mail|print(?:\ this.{0,20})?|save(?:\ article)?|bookmark|copy\ link
      |link\ copied.?
      |facebook|twitter|whatsapp|telegram|linkedin|reddit|pinterest|messenger|instagram|youtube|teilen
      |drucken|merken|partager(?:\ .{0,30})?|imprimer|compartir(?:\ .{0,30})?|condividi(?:\ .{0,30})?
      |compartilh\w+|delen|dela|del|udostępnij|paylaş|поделиться|공유(?:하기)?|인쇄|스크랩|글자\s?크기.{0,20}
      |본문\s?글씨.{0,20}|가-?가\+?|シェア|ツイート|分享|打印|listen(?:\ to\ (?:this\ )?(?:article|story))?.{0,12}
      |play(?:\ video)?|watch\ (?:now|live|the\ video.{0,40}|video.{0,40})|loading\.*|click\ to\ .{0,40}
      |tap\ to\ .{0,40}|view\ (?:comments|gallery|all.{0,20})|show\ (?:more|all|comments).{0,20}|see\ (?:all
      |more)(?:\ .{0,30})?|load\ more.{0,20}|back\ to\ top|top|close|menu|search|home|log\ ?in|sign\ in
      |register|login|skip\ to\ .{0,30}|previous(?:\ article|\ post)?|next(?:\ article|\ post)?|이전\s?글
      |다음\s?글|목록|맨\s?위로|닫기|더\s?보기|접기|구독(?:하기)?|구독중|좋아요|공감|신고(?:하기)?
      |저장|관련\s?태그|저작자표시.{0,40})\s*[:>»›→]*\s*$
    # headings of lists of links
    | (?:related(?:\ (?:articles?|stor(?:y|ies)|posts?|content|news|links?|topics?|coverage|reading
      |items?))?|more\ (?:on\ this(?:\ story)?|stories|news|like\ this|to\ (?:read|explore)|coverage
      |from\b.{0,50}|about\b.{0,50}|in\b.{0,40})|(?:most|top)\ (?:read|popular|viewed|shared|stories
      |commented)(?:\ .{0,30})?|trending(?:\ .{0,20})?|recommended(?:\ .{0,40})?|editors?['’]?s?\ (?:picks?
      |choice)|you\ (?:may|might)\ (?:also\ )?(?:like|be\ interested\ in|have\ missed|enjoy).{0,40}
      |what\ to\ read\ next|read\ next|up\ next
      |don['’]t\ miss(?:\ .{0,20})?|in\ this\ (?:article|story)|from\ our\ \w+|why\ (?:you\ can\ )?trust\ us
      |latest\ (?:news|stories|posts?|articles?).{0,30}|also\ (?:on|in|from)\b.{0,40}|popular(?:\ .{0,20})?
      |featured(?:\ .{0,20})?|comments?|leave\ a\ (?:reply|comment)|join\ the\ (?:conversation|discussion)
      |add\ (?:a\ )?comment|post\ a\ comment|responses?|discussion|about\ the\ authors?|tags|topics
      |categories|filed\ under|permalinks?|perma-?lien|further\ reading|weiterführende[r]?\ links?
      |zum\ weiterlesen|mehr\ zum\ thema|zum\ thema|lesen\ sie\ (?:auch|mehr|dazu).{0,60}
      |das\ (?:thema\ )?könnte\ (?:sie|dich|euch).{0,40}
      |meistgelesen.{0,20}|kommentare?|schlagw[oö]rte[r]?|themen|empfehlungen.{0,30}|verwandte\ .{0,30}
      |ähnliche\ .{0,30}|weitere\ (?:artikel|themen|nachrichten|meldungen|beiträge).{0,40}|artikel\ teilen
      |(?:à\ )?lire\ (?:aussi|également).{0,20}|voir\ aussi|sur\ le\ même\ (?:sujet|thème)|à\ lire.{0,20}
      |les\ plus\ lus|commentaires?|articles?\ (?:liés|similaires)|sur\ le\ sujet|mots[- ]clés|thèmes
      |(?:te|le|también|quizás).{0,12}\ (?:puede|podría)?\ ?interesar.{0,20}|m[aá]s\ (?:información|noticias
      |sobre|le[ií]d[ao]s|de)\b.{0,40}|relacionad[oa]s?|noticias\ relacionadas|archivado\ en.{0,60}
      |comentarios|etiquetas|temas(?:\ .{0,20})?
      |leggi\ anche.{0,20}|potrebbe\ interessart[ei].{0,20}|articoli\ correlati|i\ più\ letti
      |leia\ (?:também|mais).{0,20}|veja\ (?:também|mais).{0,20}|relacionadas|lees\ (?:ook|meer
      |verder).{0,20}|meer\ over.{0,40}|gerelateerd.{0,20}|les\ også.{0,20}|läs\ (?:mer|också|även
      |vidare).{0,20}|læs\ (?:også|mere).{0,20}|lue\ myös.{0,20}|czytaj\ (?:także|też|również|więcej
      |dalej).{0,20}|zobacz\ (?:także|też|również|więcej).{0,20}|przeczytaj\ .{0,20}|polecane.{0,20}
      |ilginizi\ çekebilir.{0,20}|читайте\ (?:также|ещё|еще).{0,20}|читати\ також.{0,20}
      |читайте\ також.{0,20}|по\ теме|baca\ juga.{0,10}|simak\ juga.{0,10}|tag\ terkait|berita\ terkait
      |artikel\ terkait
      |(?:مواضيع|مقالات|أخبار)\ (?:ذات\ صلة|متعلقة)|(?:الأكثر|الاكثر)\ (?:قراءة|مشاهدة|تداولا).{0,20}|التعليقات|شارك
      |وسوم|اقرأ\ (?:أيضا|ايضا|المزيد).{0,10}
      |(?:यह|ये)\ भी\ प(?:ढ\u093c?|\u095d)(?:ें|िए).{0,10}|संबंधित\ .{0,20}|टिप्पणिया(?:ँ|ं)
      |सबसे\ .{0,10}\ प(?:ढ\u093c?|\u095d)ी.{0,15}|टॉप\ .{0,15}
      |関連(?:記事|ニュース|リンク|キーワード|トピックス)?|あわせて読みたい|おすすめ(?:の?記事)?
      |人気記事.{0,10}|続きを読む|この記事を(?:シェア|書いた人).{0,10}|延伸閱讀
      |延伸阅读|相關新聞|相关(?:新闻|阅读|文章|报道|推荐)|更多(?:新聞|新闻|内容|文章)?.{0,10}|推荐阅读
      |熱門(?:新聞)?|编辑推荐
      |관련\s?(?:기사|뉴스|글|포스트|키워드|태그|종목|콘텐츠)|(?:이\s?시각|실시간|오늘의|많이\s?본
      |가장\s?많이|인기|주요|추천|최신|지금\s?뜨는|핫|함께\s?(?:보면
      |많이)).{0,12}(?:뉴스|기사|글|포스트|콘텐츠|정보|이슈|헤드라인)?|이\s?(?:기자의|기사와|기사를)\s?.{0,14}
      |기자의?\s?다른\s?기사.{0,10}
      |.{0,30}카테고리의\s?다른\s?글.{0,10}|댓글\s?\d*|태그|트랙백.{0,10}|공유하기
      |\[?(?:유튜브|동영상|영상|네이버\s?tv|카카오\s?tv)(?:로|에서)?\s?보기
      |네이버\s?채널.{0,10})\s*[:：>»›→\]]*\s*$
    )""",
    re.VERBOSE,
)

_ADVERT = re.compile(_ADVERT_LABELS, re.VERBOSE | re.IGNORECASE)
_LINK_LINES = re.compile(
    r"""(?:[\[\(\s>»•▶►→*-]*)(?:
    read\ (?:more|also|next|on|the\ full|full|our|now|this)\b|also\ read\b|see\ also\b|related\ ?[:|—–-]
      |more\ ?:|must\ read\b|watch\ ?:|watch\ more|listen\ ?:|recommended\ ?:|explore\ more|more\ from\b
      |further\ reading|don['’]t\ miss\ ?:|photos?\ ?:|gallery\ ?:|video\ ?:|in\ pictures\ ?:|click\ here
      |tap\ here|download\ (?:the|our)|dive\ deeper\ ?:|go\ deeper|opinion\ ?:|exclusive\ ?:|previously\ ?:
      |learn\ more\b|check\ out\b
    |lesen\ sie\ (?:auch|mehr|hier|dazu)|lies\ (?:auch|mehr)|mehr\ (?:dazu|zum\ thema|lesen|infos)
      |siehe\ auch|hier\ (?:geht|lesen|finden)|auch\ interessant|video\ ?:|passend\ dazu|zum\ weiterlesen
      |mehr\ ?:
    |(?:à\ )?lire\ (?:aussi|également|la\ suite|notre|plus)|à\ lire\b|voir\ aussi|pour\ aller\ plus\ loin
      |découvrez\b|retrouvez\b|écouter?\ ?:|sur\ le\ même\ sujet
    |le[ea]r?\ (?:también|además|más|aquí)|lea\ (?:también|además|más)|lee\ (?:también|además|más)
      |m[aá]s\ informaci[oó]n|te\ (?:puede|recomendamos|podría)|ver\ (?:también|más)|mir[áa]\ también
      |vea\ (?:también|más)
      |puedes\ (?:ver|leer)\b|mira\ (?:también|además)|podría\ interesar|también\ (?:lee|lea|puedes)
    |leggi\ (?:anche|tutto|qui|di\ più)|guarda\ (?:anche|il\ video)|approfondisci|leia\ (?:também|mais|a)
      |veja\ (?:também|mais)|saiba\ mais|confira\b|lees\ (?:ook|meer|verder)|bekijk\ ook|lees\ hier
      |les\ (?:også|mer|hele)|läs\ (?:mer|också|även|hela)|læs\ (?:også|mere)|se\ også|lue\ (?:myös|lisää)
      |czytaj\ |zobacz\ (?:też|także|również|wideo)|przeczytaj\b|sprawdź\b|ayrıca\ (?:bkz|oku)
      |читайте\ (?:также|ещё|еще|на)|читайте\ також|читати\ також|смотрите\ также|см\.\ также|baca\ (?:juga
      |selengkapnya|artikel)|simak\ (?:juga|video)|lihat\ juga|tonton\ juga|saksikan\b|đọc\ thêm|xem\ thêm
      |mời\ (?:quý|bạn|độc)
    |اقرأ\ (?:أيضا|ايضا|المزيد)|شاهد\ (?:أيضا|ايضا)|طالع\ (?:أيضا|ايضا)|للمزيد
      |(?:यह|ये|इसे)\ भी\ (?:प(?:ढ\u093c?|\u095d)ें|देखें)|और\ प(?:ढ\u093c?|\u095d)ें
    |関連記事|【関連|あわせて読みたい|合わせて読みたい|こちらも|続きは|もっと読む|詳しくは|▶|▷|►|☞|👉|➡|☛|◆関連
      |■関連|相关阅读|更多|延伸閱讀|看更多|推薦閱讀|推荐阅读|【?延伸
      |閱讀更多|點擊|点击|【更多
    |관련\s?(?:기사|뉴스|글|영상)|\[?관련\]?\s?[:：]|\[?(?:바로가기|클릭|링크|이어보기)\]?|☞
      |▶|☎|▷|►|더\s?보기|기사\s?더|전문\s?보기
    )""",
    re.VERBOSE,
)

_PLEAS = re.compile(
    r"""(?:[\[\(\s>»•▶►*※☞■□◆◇ⓒ-]*)(?:
    (?:please\ )?(?:subscribe|sign\ up|sign-up|register|join\ (?:our|the|us|over)|follow\ (?:us|our|him|her
      |me|the|@|\w+\ on\ (?:twitter|facebook|instagram|x|linkedin))|like\ us|support\ (?:us|our|quality
      |independent|the)|donate|become\ a|get\ (?:the|our|all|more|daily|breaking|your|unlimited|full|email
      |news)|stay\ (?:up\ to\ date|informed|connected|tuned|on\ top)|never\ miss|download\ our
      |enter\ your\ e-?mail|this\ (?:article|story|content|post|material|site|video|summary)\ (?:is\ (?:only
      |exclusive|reserved|for|free|part|protected|brought)|was\ (?:originally|first|updated|amended
      |corrected|automatically|generated|produced|published|written)|has\ been|originally|first|appeared|may\ not
      |contains\ affiliate|requires|uses)|you(?:['’]ve|\ have)\ (?:reached|read|been|successfully)
      |you\ (?:can\ )?(?:unsubscribe|are\ (?:now|currently)|must|need\ to\ (?:be|enable|log))
      |already\ (?:a\ )?(?:subscriber|member|have|subscribed)|to\ (?:continue\ reading|read\ (?:the\ full
      |this|more)|view\ (?:this|the\ full)|see\ this|comment)|our\ (?:newsletter|journalism|editors|standards)|thank(?:s
      |\ you)\ for\ (?:signing|subscribing|reading|your\ (?:support|interest))|have\ (?:a\ )?(?:story|tip
      |something|you\ got|an\ opinion)|got\ a\ (?:tip|story|news)|do\ you\ have\ (?:a|an|something)
      |send\ (?:us|your|tips)|submit\ (?:your|a)\ (?:letter|story|tip|comment)
      |(?:you\ can\ )?(?:reach|contact|e-?mail)\ .{2,60}\ (?:at|via)\ \S{1,60}@
      |contact\ (?:us|the\ author|the\ reporter|our|him|her|me)|(?:we
      |we['’]d)\ (?:use\ cookies|may\ (?:earn|receive)|want\ to|would\ love|love|recommend\ the\ best
      |independently\ (?:review|select|research|test))|by\ (?:clicking|signing|submitting
      |subscribing|entering|using|continuing|providing)|(?:the\ )?(?:opinions?|views)\ expressed|(?:©|\(c\)
      |copyright|all\ rights\ reserved|reprinted|republish|you\ (?:can|may)\ republish
      |why\ you\ can\ trust|published\ under\ a\ (?:cc|creative))|read\ our|view\ our|see\ our|(?:click|tap)\ here
      |reporting\ by\b|editing\ by\b|additional\ reporting|our\ standards\ ?:|unlock|free\ for|start\ your
      |try\ (?:it\ )?(?:free|for)|if\ you\ (?:enjoyed|liked|found|have\ (?:a\ )?(?:story|any|been)
      |would\ like\ to\ (?:comment|receive|subscribe|get)|want\ to\ (?:comment|receive|support)|value
      |appreciate|are\ (?:a\ subscriber|having))|an?\ (?:earlier|previous)\ version|correction\ ?:
      |editor['’]s\ note\ ?:|disclaimer|disclosure|photo(?:graph)?s?\ ?(?:by|:|credit|courtesy)
      |image\ ?(?:by|:|credit|courtesy|source)|picture\ ?:|credits?\ ?:|file\ photo|getty\ images
      |illustration\ ?(?:by|:)|featured\ image|more\ information\ (?:at|on)|for\ more\ (?:information|news
      |stories|from|on|great)|originally\ published|first\ published|published\ (?:on|by|in|at|:)
      |last\ (?:updated|modified)|updated\ ?(?:on|at|:)|posted\ (?:on|by|in|at)|filed\ under|tags?\ ?:
      |topics?\ ?:|categor(?:y|ies)\ ?:|keywords?\ ?:|comments\ (?:are|have)|be\ the\ first\ to
      |sponsored\ by|presented\ by|supported\ by|powered\ by|via\ ?:|hat\ tip|with\ (?:files
      |reporting)\ from|(?:the\ )?associated\ press\ (?:contributed|writers?)|this\ material\ may\ not)
    |(?:melden\ sie\ sich|jetzt\ .{0,40}(?:abonnieren|testen|anmelden|bestellen|lesen|registrieren)
      |abonnieren|folgen\ sie|folge\ uns|newsletter|hier\ (?:anmelden|abonnieren)|sie\ (?:möchten|wollen
      |haben\ (?:bereits|noch)|können\ den)|mit\ (?:dem|ihrer)\ (?:abo|anmeldung|klick)|dieser\ (?:artikel
      |text|beitrag|inhalt)\ (?:ist|erschien|wurde|stammt|erscheint|enthält)
      |der\ (?:artikel|beitrag)\ wurde\ am\ .{0,60}(?:veröffentlicht|publiziert)
      |letzte\ aktualisierung|(?:beitrags|titel|header|aufmacher)bild\ ?:|abbildung\ ?:|dieses?\ (?:thema|video
      |sendung)\ im\ programm|über\ dieses\ thema|quelle\ ?:|foto\ ?:|bild\ ?:|fotos\ ?:|bildquelle
      |bildnachweis|©|copyright|alle\ rechte|transparenzhinweis|hinweis\ ?:|redaktion\ ?:
      |an\ dieser\ stelle\ (?:finden|befindet|wird)|ich\ bin\ (?:damit\ )?einverstanden|externe[rn]?\ inhalt
      |empfohlener\ (?:externer|redaktioneller)|zum\ (?:newsletter|abo|artikel|video)|stand\ ?:|aktualisiert
      |veröffentlicht)
    |(?:inscrivez|abonnez|suivez|rejoignez|téléchargez|soutenez|recevez|partagez|retrouvez
      |cet\ article\ (?:est|a\ été)|il\ vous\ reste|pour\ (?:lire\ la\ suite|aller\ plus)|déjà\ abonné
      |la\ suite\ (?:est|après)|crédits?\ ?(?:photo|:)|photo\ ?:|source\ ?:|©|tous\ droits|publié\ le
      |mis\ à\ jour|en\ cliquant|article\ réservé|contenu\ réservé|newsletter)
    |(?:suscr[ií]b|s[ií]gu(?:e|enos)|síguenos|únete|regístr|recib[ea]|descarga|comparte|apoya|haz\ clic
      |haga\ clic|fuente\ ?:|foto\ ?:|imagen\ ?:|fotografía\ ?:|©|derechos\ reservados|todos\ los\ derechos
      |con\ información\ de|publicado|actualizado|este\ (?:artículo|contenido|texto)\ (?:es|fue|ha|está)
      |boletín|newsletter|si\ (?:quieres|te\ (?:ha\ )?gust)|conforme\ a\ los\ criterios|puedes\ seguir)
    |(?:iscriviti|abbonati|segui(?:ci)?\ |seguici|ricevi|scarica|registrati|condividi|sostieni|fonte\ ?:
      |foto\ ?:|©|riproduzione\ riservata|tutti\ i\ diritti|pubblicato|aggiornato|questo\ (?:articolo
      |contenuto)\ (?:è|è\ stato)|clicca\ qui|per\ (?:continuare|restare|leggere))
    |(?:assine|inscreva|siga\ |receba|baixe|cadastre|compartilhe|apoie|clique\ aqui|fonte\ ?:|foto\ ?:
      |imagem\ ?:|crédito|todos\ os\ direitos|publicado\ em|atualizado\ em|este\ (?:artigo|conteúdo
      |texto)\ (?:é|foi)|quer\ receber|participe)
    |(?:schrijf\ je|meld\ je|abonneer|volg\ (?:ons|het)|ontvang|download\ de|bron\ ?:|foto\ ?:|beeld\ ?:|©
      |prenumerera|följ\ oss|foto\ ?:|bild\ ?:|källa\ ?:|følg\ |abonner|tilmeld|meld\ deg|kilde\ ?:|tilaa
      |seuraa|kuva\ ?:|zapisz|subskrybuj|obserwuj|dołącz|źródło|fot\.|zdjęcie|abone\ ol|takip|kaynak\ ?:
      |подпис|присоединяйтесь|следите|фото\ ?:|источник\ ?:|джерело|підпис|slede|odebírejte|zdroj\ ?:
      |foto\ ?:|iratkozz|kövess|forrás|ακολουθήστε|εγγραφείτε|πηγή\ ?:|abonează|urmăr|sursa\ ?:|dapatkan
      |ikuti|gabung|sumber\ ?:|nguồn\ ?:|theo\ dõi|ảnh\ ?:)
    |(?:اشترك(?:وا)?\ (?:في|ب)
      |تابع(?:وا|ونا)\ |تابع\ (?:صفحتنا|قناتنا|حسابنا|آخر)|انضم(?:وا)?\ إلى\ (?:قناة|قناتنا|مجموعة)
      |جميع\ الحقوق|حقوق\ النشر|المصدر\ ?:|سجل\ (?:بريدك|الآن)|حمل(?:وا)?\ (?:التطبيق|تطبيق))
    |(?:ता(?:ज\u093c?|\u095b)ा\ (?:(?:ख\u093c?|\u0959)बरों|(?:ख\u093c?|\u0959)बरें
      |अपडेट).{0,50}(?:(?:फ\u093c?|\u095e)ॉलो|जुड|सब्सक्राइब|डाउनलोड|क्लिक)
      |(?:हमारे|हमारा|हमें)\ .{0,40}(?:(?:फ\u093c?|\u095e)ॉलो|सब्सक्राइब|डाउनलोड|ज्वाइन|जॉइन)
      |कॉपीराइट|सर्वाधिकार|स्रोत\ ?:)
    |(?:転載|無断転載|©|\(c\)|写真\ ?[:=/／]|画像\ ?[:=/／]|出典\ ?[:：]|提供\ ?[:：]
      |取材・文|文[:：=]|編集部|会員|この(?:記事は|続き)|有料
      |残り\s?\d|責任編輯|责任编辑|責任编辑|編輯|编辑[:：]|来源[:：]|來源[:：]|原标题|图[:：]|圖[:：]
      |記者.{0,8}攝|本文(?:为|來自|转载)|版权|未经授权|轉載|扫码
      |关注|下載|下载|訂閱|加入|追蹤|點我|★|◎|※)
    |(?:무단\s?(?:전재|복제|배포)|저작권자\s?[ⓒ©(:\[<]|저작권\s?ⓒ|ⓒ|©|copyright|기사\s?제보|제보(?:하기
      |는|를|\s?[:：])|재배포\s?금지|네이버(?:에서|\s?뉴스
      |\s?메인|\s?채널)|카카오톡?\s?[:：@]|유튜브\s?(?:에서|채널)|구독(?:과|하|을|신청|\s?및)
      |.{0,40}'?구독'?\s?(?:꾹|부탁|과\s?좋아요|버튼|좋아요
      |꼭|해\s?주)|.{0,40}(?:도움이?\s?되셨다면|재미있게?\s?(?:읽|보)|공감\s?(?:버튼|꾹|부탁
      |과)|좋아요\s?(?:꾹|부탁|와))|이\s?(?:기사|글|포스팅
      |포스트)(?:는|은|가)\s?.{0,30}(?:수수료|제휴|제공받|원고료|협찬|파트너스|지원으로|카테고리에서)
      |파트너스\s?활동|당신의\s?제보|여러분의\s?제보|뉴스\s?제보
      |.{0,30}제보를?\s?(?:기다립니다|받습니다|환영합니다|바랍니다|부탁드)
      |이메일\s?[:：]|홈페이지\s?[:：]|전화\s?[:：]|페이스북\s?[:：]|트위터\s?[:：]
      |인스타그램\s?[:：]|앱\s?다운|모바일\s?앱|본\s?(?:기사|콘텐츠|글)
      |이\s?기사는\s?언론사에서|기사의\s?섹션\s?정보는|기사\s?추천은\s?24시간
      |ai\s?(?:학습|요약|가\s?요약|기반)|해당\s?기사|한줄\s?요약|기사\s?(?:입력|수정|승인|등록
      |작성)|(?:최종)?\s?(?:입력|수정|등록|승인|송고
      |업데이트)\s?[:：\s]\s?\d|.{0,20}뉴스레터|조회수?\s?[:：\s]?\d|현재\s?시[각간])
    )""",
    re.VERBOSE,
)

_BEGGING = re.compile(
    r"(?:구독|공감|이웃\s?추가|하트|좋아요|알림\s?설정).{0,40}(?:부탁|눌러|꾹|큰 힘|힘이 (?:됩|돼|되)|고맙|감사|잊지)"
    r"|^(?:enjoy(?:ing|ed)?|like|liked|love|want|need|looking for|did you|found|thanks for)\b[^.?!]{0,60}[.?!].{0,200}"
    r"\b(?:subscribe|sign up|newsletter|membership|donate|support|follow|download|share)\b"
    r"|^you have \d+ (?:free )?(?:articles?|stories)|^create (?:a free |an )?account"
    r"|(?:뉴스|기사|소식|레터)\S{0,3}\s.{0,10}(?:메일|이메일|카톡|알림)(?:로|으로)\s?(?:받아|보내)"
    r"|지금 구독하면|앱을 (?:설치|내려받)|후원\s?계좌\s?[:：]|후원(?:이|을|해)?.{0,30}(?:부탁|주세요|만듭니다)"
    r"|(?:댓글|의견)(?:로|을|에)\s?(?:남겨|달아|적어)\s?(?:주세요|주십|주시|보세요)"
    r"|이웃\s?추가.{0,40}(?:수 있|빠르게|만나)"
    r"|^\W{0,3}(?:이|본|해당) (?:기사|글)는 ai(?:가|로|를).{0,40}(?:작성|생성|검수)"
    r"|\b(?:did you )?(?:enjoy|like|lov)(?:ed|ing|e)? (?:this|what you|our)[^.?!]{0,40}[?!].{0,60}"
    r"\b(?:buy us|coffee|tip|patron|member|become)\b"
    r"|\bplease consider (?:supporting|donating|subscribing|becoming a)"
    r"|\bconsider (?:supporting|funding|donating to|(?:a|making a) (?:donation|contribution) to) (?:us\b|our (?:\w+ )?"
    r"(?:work|journalism|reporting|newsroom)\b)"
    r"|let us know (?:what you think )?in the comments"
    r"|\b(?:was this|did you find this) (?:article|page|story|post|information)\b[^?]{0,30}"
    r"(?:helpful|useful|interesting)|hat (?:ihnen|dir|euch) (?:dieser|der|unser) (?:artikel|beitrag|text)"
    r"|war (?:der|dieser) (?:artikel|beitrag)[^?]{0,20}(?:hilfreich|nützlich|interessant)"
    r"|(?:fragen|anregungen|kritik)\W.{0,20}schreib(?:en sie|t|) uns"
    r"|unterstützen sie (?:uns|unabhängig|unser|mit)"
    r"|hier (?:geht['’]?\s?e?s|entlang|anmelden).{0,60}(?:app|newsletter|kanal)\b"
    r"|(?:app|newsletter|kanal)\b.{0,40}hier (?:geht|entlang|anmelden)"
    r"|article vous a (?:plu|intéressé)|soutenez[- ]nous|te (?:gustó|ha gustado) (?:esta|este)"
    r"|s[uú]mate a (?:nuestro|la|el)|nuestro canal de (?:whatsapp|telegram)"
    r"|(?:登録|フォロー|購読)は(?:こちら|下)|お読みいただき(?:、)?ありがとう"
    r"|등록번호\s?[:：]|발행인\s?[:：]|청소년보호책임자|사업자\s?등록번호|통신판매업"
)
_RIGHTS_INSIDE = re.compile(
    r"무단\s?전재|무단\s?복제|재배포\s?금지|저작권자\s?[ⓒ©(:\[<]|all rights reserved|riproduzione riservata"
    r"|tous droits réservés|alle rechte vorbehalten"
    r"|todos los derechos reservados|無断転載|未经授权|may not be (?:published|reproduced)"
    r"|쿠키(?:를|의)? (?:사용|저장)|(?:use|uses|accept|manage|allow) (?:all )?cookies|we and our \d* ?partners"
    r"|구독\W{0,3}\s?(?:꾹|부탁|과 좋아요)|terms of (?:use|service).{0,40}privacy|privacy policy.{0,40}terms"
)
# One of these is in every match of the pattern of that name: looking for plain words costs a tenth of the pattern.
_RIGHTS_WORDS = (
    "전재",
    "복제",
    "배포",
    "저작권자",
    "rights reserved",
    "riservata",
    "réservés",
    "vorbehalten",
    "derechos reservados",
    "転載",
    "未经授权",
    "may not be",
    "쿠키",
    "cookies",
    "partners",
    "구독",
    "privacy",
)
_BEGGING_WORDS = (
    "구독",
    "공감",
    "추가",
    "하트",
    "메일",
    "카톡",
    "앱을",
    "좋아요",
    "알림",
    "subscribe",
    "sign up",
    "newsletter",
    "membership",
    "donate",
    "support",
    "follow",
    "download",
    "share",
    "you have",
    "create",
    "등록번호",
    "발행인",
    "청소년보호책임자",
    "통신판매업",
    "후원",
    "댓글로",
    "댓글을",
    "댓글에",
    "의견을",
    "는 ai",
    "like",
    "enjoy",
    "lov",
    "please consider",
    "in the comments",
    "helpful",
    "useful",
    "interesting",
    "gefallen",
    "artikel",
    "beitrag",
    "schreib",
    "unterstützen sie",
    "hier geht",
    "hier entlang",
    "hier anmelden",
    "article vous",
    "soutenez",
    "gustó",
    "gustado",
    "mate a",
    "canal de",
    "登録は",
    "フォローは",
    "購読は",
    "お読みいただき",
)
_ARROWS = ("▶", "▲", "►", "☞", "▷", "△", "▼", "◀", "👉")


LINES_REMEMBERED = 2048
"""The short lines of a site's frame come again on each of its pages."""

_MARKERS = re.compile(r"\$\$\w+\$\$|\{\{.*\}\}|\{\*.*\*\}|\[\[\w+\]\]|%%\w+%%|<%.*%>", re.DOTALL)


@lru_cache(LINES_REMEMBERED)
def is_label(text: str) -> bool:
    """A short line that is a label, a button, a counter, the heading of a list of links or a template's marker."""
    return len(text) <= SHORT_LINE and (_LABELS.match(text.lower()) is not None or _MARKERS.fullmatch(text) is not None)


def labels_advert(text: str) -> bool:
    """A short line that says no more than that an advertisement stands here."""
    return len(text) <= SHORT_LINE and _ADVERT.match(text) is not None


def is_link_line(text: str) -> bool:
    """A line that leads elsewhere: "Read more: ...", "관련기사 ...", "▶ ..."; only meant for lines with a link."""
    return len(text) <= PLEA_LINE and _LINK_LINES.match(text.lower()) is not None


def is_plea(text: str) -> bool:
    """A line that asks something of the reader, gives notice of rights, credits or says when it was published."""
    if len(text) > PLEA_LINE:
        return False
    low = text.lower()
    if _PLEAS.match(low) is not None:
        return True
    if any(map(low.__contains__, _RIGHTS_WORDS)) and _RIGHTS_INSIDE.search(low) is not None:
        return True
    begging = len(text) <= BEGGING_LINE and any(map(low.__contains__, _BEGGING_WORDS))
    return begging and _BEGGING.search(low) is not None


def is_arrow_line(text: str) -> bool:
    """A line that begins with one of the arrows by which Korean pages mark links and captions."""
    return text.startswith(_ARROWS)


def folded(text: str) -> str:
    """Letters and digits only, case folded: what two writings of one title have in common."""
    if text.isascii():
        return text.encode().translate(_LOWER, _NO_LETTERS).decode()
    return _folded(text) if len(text) <= LONGEST_REMEMBERED else _folded.__wrapped__(text)


LONGEST_REMEMBERED = 400
"""Characters of a text whose folded form is remembered: a page says its title in six places."""


@lru_cache(256)
def _folded(text: str) -> str:
    return "".join(_ALNUM.findall(normalized("NFKC", text).casefold()))


_ALNUM = re.compile(r"[^\W_]+")
_LOWER = bytes(range(256)).lower()
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())
"""Of ASCII, plain tables fold three times as fast as a mapping."""


SIGN_OFF = re.compile(
    r"[\s/|·ㆍ=\[(【■▶*-]{0,4}(?:(?:(?:글|취재|사진|정리|영상|그래픽|편집)\s?[=:·ㆍ/,]?\s?){1,3})?"
    r"(?:(?:[가-힣A-Za-z]{2,12}[=·|]\s?)?(?:[가-힣]{2,4}\s?[,·ㆍ]\s?){0,4}[가-힣]{2,4}\s?[가-힣]{0,6}"
    r"(?:기자|특파원|논설위원|편집위원|칼럼니스트|통신원|리포터|에디터|앵커|PD)[\s,·]{0,3}){1,4}"
    r"[\s/|(\[<=]{0,4}(?:[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,20}){1,4})?[\s)\]>】]{0,3}$"
    r"|[\s/(\[<]{0,3}[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,20}){1,4}[\s)\]>]{0,3}$"
)
"""A whole line that is a reporter's sign-off: "홍길동 기자 hong@news.example", "[홍길동 기자]", an address alone."""
