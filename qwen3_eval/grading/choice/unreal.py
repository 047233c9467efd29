"""Words that make an announcement a supposition or somebody else's, language by language: data, to be extended by a line.

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
    "ar": Unreal("لو إذا اذا لولا فلو وإذا ولو بافتراض", "البعض بعضهم ربما خطأ البداية", "لكانت لكان ستكون سيكون"),
    "az": Unreal("əgər", "bəziləri əvvəlcə", "olardı"),
    "be": Unreal("калі каб", "некаторыя спачатку", "быў"),
    "bg": Unreal("ако", "някои първоначално може", "би щеше"),
    "bn": Unreal("যদি নইলে", "কেউ কেউ অনেকে প্রথমে হয়তো", "হত হতো হইত"),
    "bs": Unreal("ako kada kad", "neki prvobitno", "bi"),
    "ca": Unreal("si", "alguns inicialment", "seria"),
    "cs": Unreal("pokud kdyby jestliže", "někteří původně nejprve", "by byla"),
    "da": Unreal("hvis såfremt", "nogle mange oprindeligt først måske", "ville"),
    "de": Unreal(
        "wenn falls sofern angenommen hätte hätten sonst andernfalls",
        "manche viele einige mancher andere anfangs zunächst ursprünglich vielleicht",
        "wäre würde hätte gewesen",
    ),
    "el": Unreal("αν εάν", "κάποιοι μερικοί αρχικά ίσως πολλοί", "ήταν"),
    "es": Unreal(
        "si hubiera hubiese suponiendo supongamos",
        "algunos muchos otros inicialmente quizás podría tal principio",
        "sería seria habría hubiera",
    ),
    "et": Unreal("kui", "mõned alguses", "oleks"),
    "eu": Unreal("balitz bada", "batzuek hasieran", "litzateke"),
    "fa": Unreal("اگر چنانچه", "برخی بعضی ابتدا شاید", "بود می‌بود"),
    "fi": Unreal("jos mikäli", "jotkut aluksi ehkä", "olisi"),
    "fr": Unreal(
        "si s'il s'ils sinon supposons", "certains beaucoup d'aucuns initialement d'abord peut-être", "serait aurait"
    ),
    "gl": Unreal("se", "algúns inicialmente", "sería"),
    "gu": Unreal("જો", "કેટલાક", "હોત"),
    "ha": Unreal("idan", "wasu", "zai"),
    "he": Unreal("אם אילו לו", "יש אולי בהתחלה", "הייתה"),
    "hi": Unreal("यदि अगर वरना", "कुछ कई शायद पहले शुरू", "होता होती"),
    "hr": Unreal("ako kada kad", "neki izvorno isprva", "bi"),
    "hu": Unreal("ha", "egyesek először talán sokan", "lenne volna"),
    "hy": Unreal("եթե", "ոմանք սկզբում", "կլիներ"),
    "id": Unreal("jika kalau bila apabila seandainya andaikan andai", "beberapa sebagian awalnya mungkin", "akan"),
    "it": Unreal("se qualora supponiamo altrimenti", "alcuni molti inizialmente forse altri", "sarebbe"),
    "ka": Unreal("თუ რომ", "ზოგი თავიდან", "იქნებოდა"),
    "kk": Unreal("егер", "кейбіреулер бастапқыда", "болар"),
    "lt": Unreal("jei jeigu", "kai kurie iš pradžių", "būtų"),
    "lv": Unreal("ja", "daži sākumā", "būtu"),
    "mk": Unreal("ако", "некои првично", "би"),
    "ml": Unreal("എങ്കിൽ", "ചിലർ"),
    "mr": Unreal("जर", "काही", "असते असता"),
    "ms": Unreal("jika kalau sekiranya seandainya", "sesetengah mungkin", "akan"),
    "mt": Unreal("jekk kieku", "xi", "tkun"),
    "nb": Unreal("hvis dersom", "noen mange opprinnelig først kanskje", "ville"),
    "ne": Unreal("यदि", "केही", "हुन्थ्यो"),
    "nl": Unreal("als indien tenzij", "sommigen aanvankelijk misschien velen", "zou"),
    "no": Unreal("hvis dersom", "noen mange opprinnelig først kanskje", "ville"),
    "pa": Unreal("ਜੇ ਜੇਕਰ", "ਕੁਝ", "ਹੁੰਦਾ"),
    "pl": Unreal("jeśli jeżeli gdyby", "niektórzy początkowo może wielu", "byłaby byłby brzmiałaby"),
    "pt": Unreal(
        "se caso supondo fosse tivesse", "alguns muitos outros inicialmente talvez poderia princípio", "seria teria"
    ),
    "ro": Unreal("dacă", "unii inițial poate", "ar fi"),
    "ru": Unreal("если бы допустим предположим иначе", "некоторые многие сначала изначально возможно", "бы"),
    "sk": Unreal("ak keby", "niektorí pôvodne", "by bola"),
    "sl": Unreal("če ko", "nekateri sprva", "bi"),
    "so": Unreal("haddii", "qaar"),
    "sq": Unreal("nëse", "disa fillimisht", "do të ishte"),
    "sr": Unreal("ако ako", "неки neki", "би bi"),
    "sv": Unreal("om ifall", "några vissa många ursprungligen kanske", "skulle vore"),
    "sw": Unreal("kama ikiwa endapo iwapo", "wengine mwanzoni labda", "lingekuwa ingekuwa"),
    "tg": Unreal("агар", "баъзеҳо"),
    "tl": Unreal("kung", "ilan iba noong", "sana"),
    "tr": Unreal("eğer olsaydı sorulsaydı sorsaydı", "bazıları ilk başta belki", "olurdu"),
    "uk": Unreal("якщо якби", "деякі спочатку можливо", "б би"),
    "ur": Unreal("اگر", "کچھ شاید پہلے", "ہوتا"),
    "uz": Unreal("agar", "ba'zilar dastlab", "bo'lardi"),
    "vi": Unreal("nếu giả", "một nhiều ban lẽ", "sẽ"),
    "yo": Unreal("bí tí", "àwọn"),
}

# Looked for as parts of a sentence: conditions and tales, then verbs of what is not so.
PARTS = (
    "如果 假如 假设 假設 倘若 要是 假使 假若 若是 若题 若問 若问 否则 否則 反之 有人 有些人 有的人 一些人 某些人 很多人 许多人 "
    "許多人 不少人 学生会 常见的错误 误以为 误认为 容易误 可能会认为 可能会选 起初 最初 一开始 一開始 原以为 原本以为 也许 "
    "另一版 另一个版本 "
    "もし 仮に 場合 ならば たら、 れば、 と考える人 と言う人 人もいる 思うかもしれ 最初は 一見 "
    "만약 만일 라면 다면 경우 일부는 어떤 사람 처음에는 흔한 실수 언뜻 "
    "ถ้า หาก สมมติ บางคน ตอนแรก อาจคิด ຖ້າ ຫາກ ប្រសិនបើ အကယ်၍ လျှင် "
    "என்றால் என்றிருந்தால் இருந்தால் అయితే ఉంటే എങ്കിൽ ಇದ್ದರೆ වුවහොත් नहीं तो"
).split()
