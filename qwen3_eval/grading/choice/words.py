"""The words around an answer letter, language by language: data, to be extended by a line.

A declaration is read from the letter to the left: marks, then fillers and nouns for "option" in any order,
then a link ("is", a colon, a dash), then a word for "answer", or a noun for "option" with an adjective for
"correct". Words are written without capitals. Languages without spaces between words have patterns instead.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Words of one language, separated by spaces; ``answer`` may hold phrases, separated by commas.

    answer: "answer". option: "option", "choice", "letter". correct: "correct", "right", "best".
    link: "is". filler: articles and adverbs that may stand in between.
    linked: phrases with a link that would mislead in other languages, separated by commas.
    after: what follows the letter where the verb comes last; then no link is needed before it.
    """

    answer: str
    option: str = ""
    correct: str = ""
    link: str = ""
    filler: str = ""
    after: str = ""
    linked: str = ""


LANGUAGES: dict[str, Words] = {
    "en": Words(
        "answer, ans, guess, final_answer, answer_letter, correct_answer, correct_option, conclusion",
        "option choice letter alternative selection response statement match pick one",
        "correct right best final appropriate accurate likely suitable proper chosen selected true",
        "is are equals was should must would will seems",
        "the therefore thus hence clearly most probably definitely indeed simply actually then my our this that's it's "
        "to be so here only likely certainly obviously thereby still option,",
    ),
    "af": Words("antwoord", "opsie keuse", "korrekte regte", "is"),
    "am": Words("መልስ, መልሱ, መልሱም", "ምርጫ", "ትክክለኛው ትክክለኛ", "", "", "ነው"),
    "ar": Words(
        "الإجابة, الاجابة, إجابة, اجابة, الجواب, جواب, الإجابه, فالإجابة, فالجواب",
        "الخيار خيار الحرف الاختيار",
        "الصحيحة الصحيح النهائية النهائي الصحيحه صحيح الصح",
        "هي هو",
        "إذن لذلك",
    ),
    "as": Words("উত্তৰ, উত্তৰটো, উত্তৰঃ", "বিকল্প", "শুদ্ধ সঠিক", "হ'ল হৈছে", "", "হ'ব"),
    "ast": Words("respuesta", "opción lletra", "correuta", "ye"),
    "awa": Words("उत्तर, जवाब", "विकल्प", "सही", "", "", "अहै आय"),
    "az": Words("cavab, cavabı, cavabi", "variant seçim", "düzgün doğru", "", "", "dir dır variantıdır variantdır"),
    "ba": Words("яуап, яуабы", "вариант", "дөрөҫ"),
    "ban": Words("pasaur", "pilihan", "patut", "inggih punika", "sane"),
    "be": Words("адказ", "варыянт", "правільны", "гэта"),
    "bg": Words("отговор, отговорът", "вариант опция буква", "верен верният правилен правилният", "е"),
    "bho": Words("जवाब, उत्तर", "विकल्प", "सही", "", "", "बा ह"),
    "bjn": Words("jawapan", "pilihan", "bujur", "adalah", "nang"),
    "bn": Words(
        "উত্তর, উত্তরঃ, উত্তরটি, উত্তরঃ",
        "বিকল্প অপশন",
        "সঠিক চূড়ান্ত",
        "হল হলো হচ্ছে হবে",
        "",
        "হবে হলো",
        linked="সঠিক উত্তর, সঠিক উত্তরটি",
    ),
    "bs": Words("odgovor", "opcija slovo", "tačan ispravan", "je"),
    "ca": Words("resposta", "opció l'opció lletra", "correcta", "és", "la"),
    "ceb": Words("tubag", "kapilian letra", "husto sakto tama", "mao kay", "ang nga"),
    "cs": Words("odpověď, odpovědí", "možnost písmeno varianta", "správná správně", "je"),
    "cy": Words("ateb", "opsiwn dewis", "cywir", "yw"),
    "da": Words("svar, svaret", "mulighed svarmulighed valgmulighed", "korrekte rigtige", "er", "det"),
    "de": Words(
        "antwort, lösung",
        "option auswahl antwortmöglichkeit antwortoption buchstabe möglichkeit",
        "richtige richtig korrekte korrekt beste",
        "ist lautet wäre",
        "die der das also somit daher",
        linked="richtig ist, richtig ist antwort, korrekt ist antwort",
    ),
    "el": Words("απάντηση", "επιλογή", "σωστή τελική", "είναι", "η το"),
    "eo": Words("respondo", "elekto", "ĝusta", "estas"),
    "es": Words(
        "respuesta, solución",
        "opción opcion alternativa letra inciso",
        "correcta correcto final adecuada",
        "es sería seria será",
        "la el por tanto",
    ),
    "et": Words("vastus", "variant valik", "õige", linked="vastus on"),
    "eu": Words("erantzuna, erantzun", "aukera", "zuzena", "", "", "da"),
    "fa": Words("پاسخ, جواب", "گزینه گزینهٔ گزینهی حرف", "صحیح درست نهایی", "", "", "است می‌باشد میباشد"),
    "fi": Words("vastaus", "vaihtoehto kirjain", "oikea", linked="vastaus on, vaihtoehto on"),
    "fo": Words("svar, svarið", "val", "rætta rætt", "er"),
    "fr": Words(
        "réponse, reponse, solution",
        "option l'option choix lettre proposition",
        "correcte bonne juste exacte finale correct",
        "est serait sera",
        "la le l' c'est donc",
        linked="c'est la réponse, c'est donc la réponse",
    ),
    "fur": Words("rispueste", "opzion letare", "juste", "je", "e la"),
    "ga": Words("freagra", "rogha", "ceart", "is"),
    "gl": Words("resposta", "opción", "correcta", "é"),
    "gu": Words("જવાબ, ઉત્તર", "વિકલ્પ", "સાચો સાચું", "", "", "છે"),
    "ha": Words("amsa", "zaɓi", "daidai", "shine ita"),
    "he": Words("תשובה, התשובה", "אפשרות האפשרות", "הנכונה נכונה הסופית", "היא הינה"),
    "hi": Words("उत्तर, जवाब, जवाबः, उत्तरः", "विकल्प", "सही अंतिम उचित", "", "", "है हैं होगा हैः"),
    "hne": Words("जवाब, उत्तर", "विकल्प", "सही", "", "", "हे हवय"),
    "hr": Words("odgovor", "opcija slovo", "točan ispravan tačan tocan", "je"),
    "ht": Words("repons", "opsyon chwa lèt", "kòrèk bon", "se", "ki la lan nan a an"),
    "hu": Words("válasz, megoldás", "opció válaszlehetőség betű", "helyes", linked="válasz a, válasz az"),
    "hy": Words("պատասխան, պատասխանը, պատասխանն", "տարբերակ տարբերակը տարբերակն", "ճիշտ", "է", "", "է"),
    "id": Words(
        "jawaban, jawabannya, jawapan, jawapannya",
        "opsi pilihan huruf",
        "benar tepat betul akhir",
        "adalah ialah yaitu",
        "yang",
        linked="jawabannya, jawapannya",
    ),
    "ig": Words("azịza, ọsịsa, àmọ̀nà, ànúgọ", "nhọrọ", "ziri", "bụ"),
    "ilo": Words("sungbat", "pagpilian letra", "umiso husto", "ket", "ti a"),
    "is": Words("svar, svarið", "valkostur", "rétt rétta", "er"),
    "it": Words(
        "risposta, soluzione",
        "opzione l'opzione lettera scelta alternativa",
        "corretta giusta esatta finale",
        "è sarebbe sarà",
        "la l' quindi",
    ),
    "jv": Words("wangsulan", "pilihan", "bener leres", "yaiku punika", "sing ingkang inggih"),
    "ka": Words("პასუხი, პასუხია", "ვარიანტი", "სწორი", "არის", linked="პასუხია, ვარიანტია"),
    "kea": Words("resposta", "opson létra", "sertu koretu korétu", "é"),
    "kk": Words("жауап, жауабы", "нұсқа", "дұрыс"),
    "kn": Words("ಉತ್ತರ, ಉತ್ತರವು", "ಆಯ್ಕೆ", "ಸರಿಯಾದ", "", "", "ಆಗಿದೆ"),
    "ky": Words("жооп", "вариант", "туура"),
    "la": Words("responsum", "optio", "rectum", "est"),
    "lb": Words("äntwert", "optioun", "richteg korrekt", "ass", "déi"),
    "li": Words("antwoord", "optie", "juste", "is", "'t ut"),
    "lij": Words("risposta", "opçion", "giusta", "l'é é", "a"),
    "lmo": Words("risposta", "opzion", "giusta", "l'è è"),
    "lt": Words("atsakymas", "variantas", "teisingas", "yra"),
    "lv": Words("atbilde", "variants", "pareizā pareizais", "ir"),
    "mag": Words("उत्तर, जवाब", "विकल्प", "सही", "", "", "हइ हई"),
    "mai": Words("उत्तर, जवाब", "विकल्प", "सही", "", "", "अछि"),
    "min": Words("jawabannyo", "piliahan", "bana", "adolah iolah", "nan", linked="jawabannyo"),
    "mk": Words("одговор, одговорот", "опција", "точен точниот", "е"),
    "ml": Words("ഉത്തരം, ശരിയുത്തരം", "ഓപ്ഷൻ", "ശരിയായ", "", "", "ആണ്"),
    "mn": Words("хариулт", "сонголт", "зөв", "нь"),
    "mr": Words("उत्तर", "पर्याय", "योग्य बरोबर", "", "", "आहे"),
    "ms": Words("jawapan", "pilihan", "betul", "ialah adalah"),
    "mt": Words("tweġiba, it-tweġiba", "għażla l-għażla", "korretta t-tajba it-tajba", "hija"),
    "nb": Words("svar, svaret", "alternativ", "riktige riktig korrekte rett", "er", "det"),
    "ne": Words("उत्तर, जवाफ", "विकल्प", "सही", "", "", "हो"),
    "nl": Words("antwoord", "optie keuze letter", "juiste correcte goede", "is", "het de dus"),
    "nn": Words("svar, svaret", "alternativ", "rett rette riktig", "er", "det"),
    "no": Words("svar, svaret", "alternativ", "riktige riktig korrekte", "er", "det"),
    "oc": Words("responsa", "opcion letra", "corrècta bona", "es"),
    "or": Words("ଉତ୍ତର, ଉତ୍ତରଟି", "ବିକଳ୍ପ", "ସଠିକ ଠିକ୍", "ହେଉଛି ହେଲା", "", "ଅଟେ"),
    "pa": Words("ਉੱਤਰ, ਜਵਾਬ", "ਵਿਕਲਪ", "ਸਹੀ", "", "", "ਹੈ"),
    "pag": Words("ebat", "", "suston", "et"),
    "pap": Words("kontesta, kontestashon", "opshon", "korekto", "ta"),
    "pl": Words(
        "odpowiedź, odpowiedz, odpowiedzią",
        "opcja opcją litera wariant",
        "poprawna prawidłowa poprawną prawidłową właściwa",
        "jest brzmi",
        linked="odpowiedź to, odpowiedz to, odpowiedzią to",
    ),
    "ps": Words("ځواب", "انتخاب", "سم", "", "", "دی"),
    "pt": Words(
        "resposta, solução",
        "opção opcao alternativa letra",
        "correta certa final correto",
        "é seria será",
        "a o portanto",
    ),
    "ro": Words("răspuns, răspunsul, raspunsul", "opțiunea opţiunea varianta litera", "corect corectă", "este e"),
    "ru": Words(
        "ответ, ответом",
        "вариант варианта опция буква пункт буквой вариантом",
        "правильный верный правильным верным итоговый окончательный",
        "является это",
        "под",
    ),
    "sc": Words("risposta", "optzione", "curreta", "est"),
    "scn": Words("risposta", "scelta", "giusta curretta", "è"),
    "sd": Words("جواب", "آپشن", "صحيح درست", "", "", "آهي"),
    "si": Words("පිළිතුර", "විකල්පය", "නිවැරදි", "වන්නේ", "", "වේ ය"),
    "sk": Words("odpoveď", "možnosť", "správna", "je"),
    "sl": Words("odgovor", "možnost", "pravilen pravilni", "je"),
    "so": Words("jawaabta, jawaab", "xulasho", "saxda saxan", "waa", "ah ee"),
    "sq": Words("përgjigja, përgjigjja, përgjigje", "opsioni", "saktë", "është", "e i"),
    "sr": Words("одговор, odgovor", "опција opcija", "тачан tačan", "је je"),
    "su": Words("waleran, walerna, jawaban", "pilihan", "bener leres", "nyaéta nyaeta", "anu"),
    "sv": Words("svar, svaret", "alternativ", "rätt rätta korrekta", "är", "det"),
    "sw": Words("jibu", "chaguo herufi", "sahihi", "ni"),
    "szl": Words("ôdpowiydź", "ôpcyjo", "poprawno", linked="ôdpowiydź to"),
    "ta": Words("பதில், விடை", "விருப்பம் தேர்வு", "சரியான", "", "", "ஆகும்"),
    "te": Words("సమాధానం, జవాబు", "ఎంపిక ఆప్షన్", "సరైన", "", "", "అవుతుంది", linked="సరైన సమాధానం, సరైన జవాబు"),
    "tg": Words("ҷавоб, ҷавоби, посух", "вариант варианти", "дуруст дурусти саҳеҳ", "", "", "аст"),
    "tl": Words("sagot, kasagutan", "opsyon titik pagpipilian", "tamang tama wastong", "ay"),
    "tpi": Words("bekim, ansa", "", "stretpela", "em"),
    "tr": Words(
        "cevap, cevabı, cevabi, yanıt, yanit, yanıtı, yaniti",
        "seçenek seçeneği şık şıkkı",
        "doğru",
        after="dir dır seçeneğidir şıkkıdır",
    ),
    "tt": Words("җавап, җавабы", "вариант", "дөрес"),
    "uk": Words("відповідь", "варіант опція літера", "правильна вірна", "є це"),
    "ur": Words("جواب", "آپشن اختیار", "درست صحیح", "", "", "ہے"),
    "uz": Words("javob, javobi", "variant", "to'g'ri"),
    "vec": Words("risposta", "opsion", "justa giusta", "xe", "ła la"),
    "vi": Words("đáp án, câu trả lời, trả lời", "phương án lựa chọn", "đúng chính xác", "là"),
    "war": Words("baton", "pirilian letra", "husto tama", "amo", "an nga"),
    "xh": Words("impendulo", "", "", "ngu"),
    "yi": Words("ענטפער", "ברירה", "ריכטיקער ריכטיקע", "איז", "דער"),
    "yo": Words("idahun, ìdáhùn, idáhùn, àdáhùn, àṣàyàn", "", "tó tọ́", "ni"),
    "zu": Words("impendulo", "", "", "ngu"),
}

# For languages without spaces: what may end right before the letter. Between the parts, marks and spaces may stand.
UNSPACED: dict[str, str] = {
    "zh": r"(?:答案|答曰|答|答复|結論|结论)\s*(?:选项|選項|选|選|应该|應該|应|應|就|即|便|只能)*\s*"
    r"(?:是|为|為|係|選擇|选择|选|選)?\s*(?:选项|選項|选|選)?"
    r"|(?<![不没未别误错若果能会可要备候首多少需待再仅如])(?:选择|選擇|选定|揀|(?:选|選)(?!项|項))(?:选项|選項)?"
    r"|(?:正确|正確|最佳|最合适|最恰当)的?(?:选项|選項|一项|一項|选择|是)\s*(?:是|为|為)?\s*(?:选项|選項)?",
    "ja": r"(?:答え|答|解答|正解|回答|正答|解)\s*(?:は|が)?\s*(?:選択肢|選択)?"
    r"|(?:正しい|適切な)(?:選択肢|もの|答え)は\s*(?:選択肢)?",
    "ko": r"(?:정답|답|답변|답안)\s*(?:은|는|이)?\s*(?:선택지|보기|옵션)?",
    "th": r"(?:คำตอบ|ตอบ)\s*(?:ที่ถูกต้อง|ที่ถูก|สุดท้าย)?\s*(?:คือ|เป็น|ได้แก่)?\s*(?:ข้อ|ตัวเลือก)?",
    "lo": r"(?:ຄຳຕອບ|ຄໍາຕອບ)\s*(?:ທີ່ຖືກຕ້ອງ)?\s*(?:ແມ່ນ|ຄື)?\s*(?:ຂໍ້)?",
    "km": r"(?:ចម្លើយ)\s*(?:ត្រឹមត្រូវ)?\s*(?:គឺ)?",
    "my": r"(?:အဖြေမှန်|အဖြေ)\s*(?:မှာ|သည်|က)?",
    "bo": r"(?:ལན)\s*(?:ནི)?",
}

# What turns a declaration into something else when it stands right before it.
DOUBT = frozenset(
    "no not isn't wasn't incorrect wrong other another possible potential plausible tempting common first if whether "
    "suppose supposing assume assuming assumed unless why example like initial previous original earlier old older "
    "second next second-best next-best runner-up naive intuitive popular alternative opposite reverse hypothetical "
    "mistaken rejected eliminated discarded excluded dismissed user's student's friend's someone's "
    "falsche falsch incorrecta incorrecto errada mauvaise fausse неправильный неверный yanlış salah".split()
)
DOUBT_UNSPACED = ("如果", "若", "假如", "假设", "错误", "错误的", "不正确的", "不正确", "例如", "比如", "間違った")

# Predicates that make the letter before them the answer.
_ENGLISH = (
    r"(?:is|must be|has to be|would be|should be|will be)\s+(?:(?:clearly|therefore|thus|indeed|definitely|most likely|"
    r"probably|the|your|my|our|only|most|single|one|hence|likely)\s+){0,4}"
    r"(?:correct|right|best|answer|accurate|appropriate)"
    r"(?:\s+(?:answer|option|choice|one|response|statement|selection|match|fit))?"
    r"(?=\s*(?:[.,;!:*\n)]|\Z|because|since|as\b|here|for|to\b|given|based))"
)
_EUROPEAN = (
    r"(?:es|est|ist|è|é|är|er|jest|je|on|is)\s+"
    r"(?:(?:la|le|el|die|der|das|a|de|het|den|det|opción|opção|option)\s+){0,2}"
    r"(?:respuesta|réponse|antwort|risposta|resposta|correcta|correcte|richtig|richtige|corretta|correta|korrekt|oikea|"
    r"správná|poprawna)(?=[\s.,;!]|\Z)"
)
PREDICATES = (
    _ENGLISH,
    _EUROPEAN,
    r"(?:选项|項|项)?(?:是|为)?(?:正确|正確)(?:的|答案|选项)?(?=[\s。.,;!)]|\Z)",
    r"an freagra ceart(?=[\s.,;!]|\Z)",
    r"(?:सही है|सही उत्तर है|সঠিক|صحيح|صحيحة|درست است)(?=[\s.,;!।]|\Z)",
    r"(?:が|は)?(?:正解|正しい)(?:です|である)?(?=[\s。.,;!]|\Z)",
    r"(?:가|이)?\s*(?:정답|맞습니다|옳습니다)(?:입니다|이다)?(?=[\s.,;!]|\Z)",
)
# One of these stands in every match of a predicate.
PREDICATE_WORDS = (
    "correct right best answer accurate appropriate Correct CORRECT 正确 正確 respuesta réponse antwort Antwort "
    "risposta resposta richtig corret korrekt oikea správná poprawna "
    "freagra सही সঠিক صحيح درست 正解 正しい 정답 맞습니다 옳습니다"
).split()
