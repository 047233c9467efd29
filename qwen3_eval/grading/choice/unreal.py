"""Words that make an announcement a supposition or somebody else's, language by language: to be extended by a line.

Words are written without capitals. The lists of a language are read only in sentences that have its word for "answer"
(``words.LANGUAGES``); those of languages without spaces, or with endings that a space does not part, are looked for
anywhere in a sentence that is not ASCII.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unreal:
    """Words of one language, separated by spaces.

    condition: "if", "unless". told: "some", "initially", "perhaps". would: verbs of what is not so, as in "would be".
    """

    condition: str
    told: str = ""
    would: str = ""


UNREAL: dict[str, Unreal] = {
    "af": Unreal("indien", "sommige aanvanklik", "sou"),
    "am": Unreal("ቢሆን ከሆነ", "አንዳንዶች"),
    "ar": Unreal("لو إذا اذا لولا فلو وإذا ولو بافتراض", "البعض بعضهم ربما البداية", "لكانت لكان ستكون سيكون"),
    "az": Unreal("əgər", "bəziləri əvvəlcə", "olardı"),
    "be": Unreal("калі каб", "некаторыя спачатку", "быў"),
    "bg": Unreal("ако", "някои първоначално може", "би щеше"),
    "bn": Unreal("যদি নইলে", "কেউ অনেকে হয়তো", "হত হতো হইত"),
    "bs": Unreal("ako", "neki prvobitno", "bi"),
    "ca": Unreal("si", "alguns inicialment", "seria"),
    "cs": Unreal("pokud kdyby jestliže", "někteří původně nejprve", "by"),
    "da": Unreal("hvis såfremt", "nogle oprindeligt måske", "ville"),
    "de": Unreal(
        "wenn falls sofern angenommen hätte hätten sonst andernfalls",
        "manche mancher anfangs zunächst ursprünglich vielleicht",
        "wäre würde hätte gewesen",
    ),
    "el": Unreal("αν εάν", "κάποιοι μερικοί αρχικά ίσως", "ήταν"),
    "es": Unreal(
        "si hubiera hubiese suponiendo supongamos",
        "algunos inicialmente quizás principio",
        "sería seria habría hubiera",
    ),
    "et": Unreal("kui", "mõned alguses", "oleks"),
    "eu": Unreal("balitz bada", "batzuek hasieran", "litzateke"),
    "fa": Unreal("اگر چنانچه", "برخی بعضی ابتدا شاید", "بود می‌بود"),
    "fi": Unreal("jos mikäli", "jotkut aluksi ehkä", "olisi"),
    "fr": Unreal("si s'il s'ils sinon supposons", "certains d'aucuns initialement peut-être", "serait aurait"),
    "gl": Unreal("se", "algúns inicialmente", "sería"),
    "gu": Unreal("જો", "કેટલાક", "હોત"),
    "ha": Unreal("idan", "wasu", "zai"),
    "he": Unreal("אם אילו", "אולי בהתחלה", "הייתה"),
    "hi": Unreal("यदि अगर वरना", "शायद", "होता होती"),
    "hr": Unreal("ako", "neki izvorno isprva", "bi"),
    "hu": Unreal("ha", "egyesek talán", "lenne volna"),
    "hy": Unreal("եթե", "ոմանք սկզբում", "կլիներ"),
    "id": Unreal("jika kalau bila apabila seandainya andaikan andai", "sebagian awalnya mungkin", "akan"),
    "it": Unreal("se qualora supponiamo altrimenti", "alcuni inizialmente forse", "sarebbe"),
    "ka": Unreal("თუ რომ", "ზოგი თავიდან", "იქნებოდა"),
    "kk": Unreal("егер", "кейбіреулер бастапқыда", "болар"),
    "lt": Unreal("jei jeigu", "kurie pradžių", "būtų"),
    "lv": Unreal("ja", "daži", "būtu"),
    "mk": Unreal("ако", "некои првично", "би"),
    "ml": Unreal("എങ്കിൽ", "ചിലർ"),
    "mr": Unreal("जर", "काही", "असते असता"),
    "ms": Unreal("jika kalau sekiranya seandainya", "sesetengah mungkin", "akan"),
    "mt": Unreal("jekk kieku", "", "tkun"),
    "nb": Unreal("hvis dersom", "noen opprinnelig kanskje", "ville"),
    "ne": Unreal("यदि", "केही", "हुन्थ्यो"),
    "nl": Unreal("als indien tenzij", "sommigen aanvankelijk misschien", "zou"),
    "no": Unreal("hvis dersom", "noen opprinnelig kanskje", "ville"),
    "pa": Unreal("ਜੇ ਜੇਕਰ", "ਕੁਝ", "ਹੁੰਦਾ"),
    "pl": Unreal("jeśli jeżeli gdyby", "niektórzy początkowo może", "byłaby byłby brzmiałaby"),
    "pt": Unreal("se caso supondo fosse tivesse", "alguns inicialmente talvez princípio", "seria teria"),
    "ro": Unreal("dacă", "unii inițial poate", "ar"),
    "ru": Unreal("если бы допустим предположим иначе", "некоторые изначально возможно", "бы"),
    "sk": Unreal("ak keby", "niektorí pôvodne", "by"),
    "sl": Unreal("če", "nekateri sprva", "bi"),
    "so": Unreal("haddii", "qaar"),
    "sq": Unreal("nëse", "disa fillimisht", "ishte"),
    "sr": Unreal("ако ako", "неки neki", "би bi"),
    "sv": Unreal("ifall", "några vissa ursprungligen kanske", "skulle vore"),
    "sw": Unreal("kama ikiwa endapo iwapo", "wengine mwanzoni labda", "lingekuwa ingekuwa"),
    "tg": Unreal("агар", "баъзеҳо"),
    "tl": Unreal("kung", "ilan", "sana"),
    "tr": Unreal("eğer olsaydı sorulsaydı sorsaydı", "bazıları başta belki", "olurdu"),
    "uk": Unreal("якщо якби", "деякі можливо", "б би"),
    "ur": Unreal("اگر", "شاید", "ہوتا"),
    "uz": Unreal("agar", "ba'zilar dastlab", "bo'lardi"),
    "vi": Unreal("nếu", would="sẽ"),
    "yo": Unreal("bí", "àwọn"),
}

# Looked for as parts of a sentence: conditions, and words that tell what others say.
PARTS = tuple(
    "如果|假如|假设|假設|倘若|要是|假使|假若|若是|若题|若問|若问|否则|否則|有人|有些人|有的人|一些人|某些人|很多人|许多人|許多人|不少人"
    "|误以为|误认为|可能会认为|可能会选|起初我|最初我|一开始我|一開始我|原以为|原本以为|也许|另一版|另一个版本|もし|仮に|ならば|たら、|れば、"
    "|と考える人|と言う人|人もいる|思うかもしれ|最初は|一見|만약|만일|라면|다면|일부는|처음에는|언뜻|ถ้า|หาก|สมมติ|บางคน|ตอนแรก|อาจคิด|ຖ້າ|ຫາກ"
    "|ប្រសិនបើ|လျှင်|என்றால்|இருந்தால்|అయితే|ఉంటే|എങ്കിൽ|ಇದ್ದರೆ|වුවහොත්|một số người|nhiều người|ban đầu|có lẽ|giả sử"
    "|कुछ लोग|कई लोग|कई छात्र|शुरू में|کچھ لوگ|نہیں تو".split("|")
)

# What ends right before an example of the asked form, and what may end before the form itself or before an example.
EXAMPLES = tuple(
    "e.g|eg|for example|for instance|such as|something like|z.b|z. b|zum beispiel|beispielsweise|por ejemplo|p. ej|p.ej"
    "|par exemple|p. ex|p.ex|por exemplo|ad esempio|per esempio|bijvoorbeeld|bijv|till exempel|t.ex|for eksempel|f.eks"
    "|na przykład|np|například|např|например|напр|наприклад|misalnya|contohnya|contoh|ví dụ|chẳng hạn|kwa mfano|mfano"
    "|halimbawa|örneğin|mesela|مثلا|مثلاً|على سبيل المثال|برای مثال|مثال کے طور پر|उदाहरण के लिए|जैसे|উদাহরণস্বরূপ|যেমন"
    "|例如|比如|譬如|例えば"
    "|たとえば|예를 들어|예컨대|예|เช่น|ตัวอย่างเช่น|for eks|per es|example|beispiel|ejemplo|exemple|exemplo|esempio".split(
        "|"
    )
)
FORMATS = tuple(
    "look like|looks like|the format|the form|format is|format of|form of|format|formatted as|written as|shown as|like"
    "|格式|形式|格式是|格式为|formato|formato es|formato é|format est".split("|")
)
