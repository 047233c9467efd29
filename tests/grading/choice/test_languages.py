"""Answer letters as models write them in the languages of the report's suites, and in the others that Qwen3 names."""

from __future__ import annotations

import unicodedata

import pytest

from qwen3_eval import reference
from qwen3_eval.grading.choice import choice_letter
from qwen3_eval.languages import qwen3_languages

RLM, LRM, ZWSP, ZWNJ, ZWJ, BOM = "\u200f", "\u200e", "\u200b", "\u200c", "\u200d", "\ufeff"

# By IETF tag: answers of the kinds that models give, each with its letter.
ANSWERS: dict[str, list[tuple[str, str]]] = {
    "acm": [
        ("الجواب الصحيح هو C.", "C"),
        ("الجواب الصح: **ب**", "B"),
        ("بعد قراءة النص، الإجابة هي (د) لأن الكاتب يذكر ذلك.", "D"),
    ],
    "acq": [("الجواب الصحيح هو A.", "A"), ("الإجابة: ج", "C"), ("الجواب هو الخيار B.", "B")],
    "aeb": [("الإجابة الصحيحة هي D.", "D"), ("الجواب: أ", "A"), ("الإجابة الصحيحة: **C**", "C")],
    "af": [
        ("Die korrekte antwoord is C.", "C"),
        ("Antwoord: **B**\n\nDie skrywer noem dit in die eerste sin.", "B"),
        ("Die regte antwoord is (D) die honde.", "D"),
    ],
    "apc": [
        ("الجواب الصح هو C.", "C"),
        ("الجواب: ب", "B"),
        ("حسب النص، الإجابة الصحيحة هي **(أ)**.", "A"),
    ],
    "ar": [
        ("الإجابة الصحيحة هي: ج) الكلاب", "C"),
        (f"{RLM}الجواب{RLM}: {LRM}B{RLM}", "B"),
        ("إذن، الخيار الصحيح هو د.", "D"),
        ("**الإجابة:** (أ)", "A"),
        ("الإجابة الصحيحة هي الخيار (C): الكلاب.", "C"),
    ],
    "ars": [
        ("الجواب الصحيح هو (ج).", "C"),
        ("الإجابة: **A**", "A"),
        ("الإجابة الصحيحة هي الخيار B لأن الكلاب تحتاج إلى تذكرة.", "B"),
    ],
    "ary": [
        ("الجواب الصحيح هو D.", "D"),
        ("الجواب: **ج**", "C"),
        ("الإجابة الصحيحة هي B، حيت النص كيقول هادشي.", "B"),
    ],
    "arz": [
        ("الإجابة الصح هي C.", "C"),
        ("الإجابة هي ب", "B"),
        ("الإجابة الصحيحة: (د) عند الظهر", "D"),
    ],
    "as": [
        ("শুদ্ধ উত্তৰ হ'ল C।", "C"),
        ("উত্তৰ: **খ**", "B"),
        ("সঠিক উত্তৰটো হৈছে (ঘ) ৰাতি।", "D"),
        ("উত্তৰঃ গ", "C"),
    ],
    "ast": [("La respuesta correuta ye C.", "C"), ("Respuesta: **B**", "B"), ("La opción correuta ye la D.", "D")],
    "awa": [("सही उत्तर C अहै।", "C"), ("उत्तर: **B**", "B"), ("जवाब: (घ)", "D")],
    "az": [
        ("Düzgün cavab: C", "C"),
        ("Düzgün cavab **B** variantıdır.", "B"),
        ("Cavab: (D) Gecə", "D"),
        ("Deməli, düzgün cavab C-dir.", "C"),
    ],
    "ba": [("Дөрөҫ яуап: C", "C"), ("Яуап: **B**", "B"), ("Дөрөҫ яуабы — D.", "D")],
    "ban": [("Jawaban sane patut inggih punika C.", "C"), ("Jawaban: **B**", "B"), ("Pasaur: D", "D")],
    "be": [
        ("Правільны адказ: C", "C"),
        ("Адказ: **В**", "B"),
        ("Правільны адказ — гэта D.", "D"),
        ("А) сабака\nБ) кот\nВ) мыш\nГ) вол\n\nАдказ: В", "C"),
    ],
    "bg": [
        ("Правилният отговор е C.", "C"),
        ("Отговор: **B**", "B"),
        ("Верният отговор е (Г).", "D"),
        ("Отговорът е A, защото текстът го казва.", "A"),
    ],
    "bho": [("सही जवाब C बा।", "C"), ("जवाब: **B**", "B"), ("सही उत्तर (ग) बा।", "C")],
    "bjn": [("Jawaban nang bujur adalah C.", "C"), ("Jawaban: **B**", "B"), ("Jawabannya D.", "D")],
    "bn": [
        ("সঠিক উত্তর হলো **গ**।", "C"),
        ("উত্তর: খ) কুকুর", "B"),
        ("অতএব, সঠিক উত্তরটি হচ্ছে D।", "D"),
        ("উত্তরঃ (ক)", "A"),
        (f"উত্ত{ZWNJ}র: C", "C"),
    ],
    "bs": [("Tačan odgovor je C.", "C"), ("Odgovor: **B**", "B"), ("Ispravan odgovor je (D).", "D")],
    "ca": [
        ("La resposta correcta és la C.", "C"),
        ("Resposta: **B**", "B"),
        ("L'opció correcta és la D) els gossos.", "D"),
    ],
    "ceb": [
        ("Ang husto nga tubag mao ang C.", "C"),
        ("Tubag: **B**", "B"),
        ("Ang sakto nga tubag kay D.", "D"),
        ("Ang tubag: (A) mga iro", "A"),
    ],
    "cs": [
        ("Správná odpověď je C.", "C"),
        ("Odpověď: **B**", "B"),
        (unicodedata.normalize("NFD", "Správná odpověď je D."), "D"),
        ("Správnou odpovědí je možnost A.", "A"),
    ],
    "cy": [("Yr ateb cywir yw C.", "C"), ("Ateb: **B**", "B"), ("Felly, yr ateb yw (D).", "D")],
    "da": [
        ("Det rigtige svar er C.", "C"),
        ("Svar: **B**", "B"),
        ("Det korrekte svar er D, fordi hunde skal have billet.", "D"),
    ],
    "de": [
        ("Die richtige Antwort ist C.", "C"),
        ("**Antwort: B) Hunde**", "B"),
        ("Richtig ist Antwort D.", "D"),
        ("Lösung: A", "A"),
    ],
    "el": [
        ("Η σωστή απάντηση είναι η Γ.", "C"),
        ("Απάντηση: **B**", "B"),
        ("Η σωστή επιλογή είναι το (Δ).", "D"),
        (unicodedata.normalize("NFD", "Η σωστή απάντηση είναι το C."), "C"),
    ],
    "en": [("The correct answer is (B) Dogs.", "B"), ('{"answer": "C"}', "C"), ("**Answer:** D", "D")],
    "es": [
        ("La respuesta correcta es la opción **C**.", "C"),
        ("Respuesta: B) Los perros", "B"),
        ("Por lo tanto, la opción correcta es la D.", "D"),
        (unicodedata.normalize("NFD", "La opción correcta es la letra A."), "A"),
    ],
    "et": [
        ("Õige vastus on C.", "C"),
        ("Vastus: **B**", "B"),
        ("Õige vastus: D) öösel", "D"),
        (unicodedata.normalize("NFD", "Õige vastus on A."), "A"),
    ],
    "eu": [
        ("Erantzun zuzena C da.", "C"),
        ("Erantzuna: **B**", "B"),
        ("Beraz, erantzun zuzena D da: gauez.", "D"),
    ],
    "fa": [
        ("پاسخ صحیح گزینهٔ ب است.", "B"),
        (f"گزینه{ZWNJ}ی درست: ج", "C"),
        ("پاسخ: **D**", "D"),
        ("بنابراین پاسخ درست الف است.", "A"),
    ],
    "fa-AF": [("جواب درست C است.", "C"), ("پاسخ: ب", "B"), ("جواب صحیح: **D**", "D")],
    "fi": [
        ("Oikea vastaus on C.", "C"),
        ("Vastaus: **B**", "B"),
        ("Oikea vaihtoehto on D, koska koirat tarvitsevat lipun.", "D"),
    ],
    "fo": [("Rætta svarið er C.", "C"), ("Svar: **B**", "B"), ("Svarið er (D).", "D")],
    "fr": [
        ("La bonne réponse est la C.", "C"),
        ("Réponse : **B**", "B"),
        (unicodedata.normalize("NFD", "La réponse correcte est D."), "D"),
        ("C'est donc la réponse A.", "A"),
    ],
    "fur": [("La rispueste juste e je C.", "C"), ("Rispueste: **B**", "B"), ("La rispueste e je D.", "D")],
    "ga": [("Is é C an freagra ceart.", "C"), ("Freagra: **B**", "B"), ("An freagra ceart: D", "D")],
    "gl": [("A resposta correcta é C.", "C"), ("Resposta: **B**", "B"), ("A opción correcta é a D.", "D")],
    "gu": [
        ("સાચો જવાબ C છે.", "C"),
        ("જવાબ: **B**", "B"),
        ("સાચો ઉત્તર: (D) રાત્રે", "D"),
        ("જવાબ: ખ", "B"),
    ],
    "he": [
        ("התשובה הנכונה היא ג.", "C"),
        (f"{RLM}תשובה: **ב**{RLM}", "B"),
        ("לכן התשובה היא D.", "D"),
        ("התשובה הנכונה: א'", "A"),
    ],
    "hi": [
        ("सही उत्तर **(ख)** है।", "B"),
        ("उत्तर: C", "C"),
        ("अतः सही विकल्प D है।", "D"),
        ("सही जवाब ए है।", "A"),
    ],
    "hne": [("सही जवाब C हे।", "C"), ("उत्तर: **B**", "B"), ("जवाब: D", "D")],
    "hr": [
        ("Točan odgovor je C.", "C"),
        ("Odgovor: **B**", "B"),
        ("Ispravan odgovor je D, jer psi trebaju kartu.", "D"),
    ],
    "ht": [
        ("Repons ki kòrèk la se C.", "C"),
        ("Repons: **B**", "B"),
        ("Bon repons lan se (D) nan mitan lannwit.", "D"),
        (unicodedata.normalize("NFD", "Repons kòrèk la se A."), "A"),
    ],
    "hu": [
        ("A helyes válasz: C", "C"),
        ("A helyes válasz a B.", "B"),
        ("Válasz: **D**", "D"),
        ("Tehát a megoldás: A) reggel", "A"),
    ],
    "hy": [
        ("Ճիշտ պատասխանն է՝ C։", "C"),
        ("Պատասխան՝ **Բ**", "B"),
        ("Պատասխանը՝ (Դ) գիշերը", "D"),
        ("Ճիշտ տարբերակն է C։", "C"),
    ],
    "id": [
        ("Jawaban yang benar adalah **C**.", "C"),
        ("Jawaban: B. Anjing", "B"),
        ("Jadi, pilihan yang tepat adalah D.", "D"),
    ],
    "ilo": [
        ("Ti umiso a sungbat ket C.", "C"),
        ("Sungbat: **B**", "B"),
        ("Ti husto a sungbat ket (D) iti rabii.", "D"),
    ],
    "is": [("Rétt svar er C.", "C"), ("Svar: **B**", "B"), ("Rétta svarið er D.", "D")],
    "it": [
        ("La risposta corretta è la C.", "C"),
        ("Risposta: **B) I cani**", "B"),
        ("Quindi l'opzione giusta è D.", "D"),
        (unicodedata.normalize("NFD", "La risposta giusta è A."), "A"),
    ],
    "ja": [
        ("正解はC（正午）です。", "C"),
        ("答え：**B**", "B"),
        ("したがって、正しい選択肢はDです。", "D"),
        ("解答：ア", "A"),
        ("正解は「Ｃ」です。", "C"),
    ],
    "jv": [
        ("Wangsulan sing bener yaiku C.", "C"),
        ("Wangsulan: **B**", "B"),
        ("Jawaban ingkang leres inggih punika D.", "D"),
    ],
    "ka": [
        ("სწორი პასუხია C.", "C"),
        ("პასუხი: **ბ**", "B"),
        ("სწორი პასუხი არის დ) ღამით", "D"),
    ],
    "kea": [("Resposta sertu é C.", "C"), ("Resposta: **B**", "B"), ("Resposta koretu é (D).", "D")],
    "kk": [
        ("Дұрыс жауап: C", "C"),
        ("Жауабы: **B**", "B"),
        ("Дұрыс жауабы — D нұсқасы.", "D"),
    ],
    "km": [
        ("ចម្លើយត្រឹមត្រូវគឺ C។", "C"),
        ("ចម្លើយ៖ **ខ**", "B"),
        ("ដូច្នេះ ចម្លើយគឺ (D) នៅពេលយប់។", "D"),
    ],
    "kn": [
        ("ಸರಿಯಾದ ಉತ್ತರ C ಆಗಿದೆ.", "C"),
        ("ಉತ್ತರ: **B**", "B"),
        ("ಸರಿಯಾದ ಉತ್ತರವು ಡಿ ಆಗಿದೆ.", "D"),
    ],
    "ko": [
        ("정답은 **C**입니다.", "C"),
        ("답: ② 개\n\n정답: B", "B"),
        ("따라서 정답은 라입니다.", "D"),
        (unicodedata.normalize("NFD", "정답은 A입니다."), "A"),
    ],
    "lb": [("Déi richteg Äntwert ass C.", "C"), ("Äntwert: **B**", "B"), ("Déi korrekt Äntwert ass D.", "D")],
    "li": [("'t Good antwoord is C.", "C"), ("Antwoord: **B**", "B"), ("Ut juste antwoord is D.", "D")],
    "lij": [("A risposta giusta a l'é C.", "C"), ("Risposta: **B**", "B"), ("A risposta a l'é D.", "D")],
    "lmo": [("La risposta giusta l'è C.", "C"), ("Risposta: **B**", "B"), ("La risposta l'è D.", "D")],
    "lo": [
        ("ຄຳຕອບທີ່ຖືກຕ້ອງແມ່ນ C.", "C"),
        ("ຄຳຕອບ: **ຂ**", "B"),
        ("ຄໍາຕອບທີ່ຖືກຕ້ອງຄື ຂໍ້ D", "D"),
    ],
    "lt": [
        ("Teisingas atsakymas yra C.", "C"),
        ("Atsakymas: **B**", "B"),
        ("Teisingas atsakymas – D.", "D"),
    ],
    "lv": [("Pareizā atbilde ir C.", "C"), ("Atbilde: **B**", "B"), ("Pareizais variants ir D.", "D")],
    "mag": [("सही उत्तर C हइ।", "C"), ("उत्तर: **B**", "B"), ("जवाब: D", "D")],
    "mai": [("सही उत्तर C अछि।", "C"), ("उत्तर: **B**", "B"), ("सही जवाब (ग) अछि।", "C")],
    "min": [("Jawaban nan bana adolah C.", "C"), ("Jawaban: **B**", "B"), ("Jawabannyo D.", "D")],
    "mk": [
        ("Точниот одговор е C.", "C"),
        ("Одговор: **B**", "B"),
        ("Точен одговор е (Г).", "D"),
    ],
    "ml": [
        ("ശരിയായ ഉത്തരം C ആണ്.", "C"),
        ("ഉത്തരം: **B**", "B"),
        ("ശരിയുത്തരം: ഡി", "D"),
    ],
    "mr": [
        ("योग्य उत्तर C आहे.", "C"),
        ("उत्तर: **B**", "B"),
        ("बरोबर पर्याय D आहे.", "D"),
    ],
    "ms": [
        ("Jawapan yang betul ialah C.", "C"),
        ("Jawapan: **B**", "B"),
        ("Oleh itu, jawapannya ialah D.", "D"),
    ],
    "mt": [
        ("It-tweġiba t-tajba hija C.", "C"),
        ("Tweġiba: **B**", "B"),
        ("It-tweġiba korretta hija D.", "D"),
    ],
    "my": [
        ("အဖြေမှန်မှာ C ဖြစ်သည်။", "C"),
        ("အဖြေ - **ခ**", "B"),
        ("မှန်ကန်သော အဖြေမှာ (ဃ) ဖြစ်ပါသည်။", "D"),
        ("အဖြေ: D", "D"),
    ],
    "nb": [
        ("Det riktige svaret er C.", "C"),
        ("Svar: **B**", "B"),
        ("Riktig svar er D, fordi hunder trenger billett.", "D"),
    ],
    "ne": [
        ("सही उत्तर C हो।", "C"),
        ("उत्तर: **ख**", "B"),
        ("सही जवाफ (घ) हो।", "D"),
    ],
    "nl": [
        ("Het juiste antwoord is C.", "C"),
        ("Antwoord: **B**", "B"),
        ("De juiste optie is D) 's nachts.", "D"),
    ],
    "nn": [("Rett svar er C.", "C"), ("Svar: **B**", "B"), ("Det rette svaret er D.", "D")],
    "oc": [("La responsa corrècta es C.", "C"), ("Responsa: **B**", "B"), ("La bona responsa es la D.", "D")],
    "or": [
        ("ସଠିକ ଉତ୍ତର ହେଉଛି C।", "C"),
        ("ଉତ୍ତର: **B**", "B"),
        ("ସଠିକ ଉତ୍ତର D ଅଟେ।", "D"),
        ("ଉତ୍ତର: (ଖ)", "B"),
    ],
    "pa": [
        ("ਸਹੀ ਉੱਤਰ C ਹੈ।", "C"),
        ("ਜਵਾਬ: **B**", "B"),
        ("ਸਹੀ ਜਵਾਬ (ਘ) ਹੈ।", "D"),
        ("ਉੱਤਰ: (ੳ)", "A"),
    ],
    "pag": [("Say suston ebat et C.", "C"), ("Ebat: **B**", "B"), ("Say ebat et D.", "D")],
    "pap": [("E kontesta korekto ta C.", "C"), ("Kontesta: **B**", "B"), ("E kontesta ta (D).", "D")],
    "pl": [
        ("Poprawna odpowiedź to **C**.", "C"),
        ("Odpowiedź: B", "B"),
        ("Prawidłową odpowiedzią jest D.", "D"),
        (unicodedata.normalize("NFD", "Poprawną odpowiedzią jest A."), "A"),
    ],
    "pt": [
        ("A resposta correta é a letra C.", "C"),
        ("Resposta: **B**", "B"),
        ("Portanto, a alternativa correta é a D.", "D"),
        (unicodedata.normalize("NFD", "A opção correta é A."), "A"),
    ],
    "ro": [
        ("Răspunsul corect este C.", "C"),
        ("Răspuns: **B**", "B"),
        ("Varianta corectă este D.", "D"),
        (unicodedata.normalize("NFD", "Răspunsul corect este A."), "A"),
    ],
    "ru": [
        ("Правильный ответ: **C**", "C"),
        ("Ответ: Б) собаки", "B"),
        ("Следовательно, верный вариант — D.", "D"),
        ("Правильный ответ — под буквой А.", "A"),
    ],
    "sc": [("Sa risposta curreta est C.", "C"), ("Risposta: **B**", "B"), ("Sa risposta est D.", "D")],
    "scn": [("La risposta giusta è C.", "C"), ("Risposta: **B**", "B"), ("La risposta curretta è D.", "D")],
    "sd": [
        ("صحيح جواب C آهي.", "C"),
        ("جواب: **B**", "B"),
        ("درست جواب (د) آهي.", "D"),
    ],
    "si": [
        ("නිවැරදි පිළිතුර C වේ.", "C"),
        ("පිළිතුර: **B**", "B"),
        ("නිවැරදි පිළිතුර වන්නේ D ය.", "D"),
        ("පිළිතුර: ආ", "B"),
    ],
    "sk": [
        ("Správna odpoveď je C.", "C"),
        ("Odpoveď: **B**", "B"),
        ("Správna možnosť je D.", "D"),
    ],
    "sl": [
        ("Pravilen odgovor je C.", "C"),
        ("Odgovor: **B**", "B"),
        ("Pravilni odgovor je D, ker psi potrebujejo vozovnico.", "D"),
    ],
    "so": [("Jawaabta saxda ah waa C.", "C"), ("Jawaab: **B**", "B"), ("Jawaabta waa (D).", "D")],
    "sq": [
        ("Përgjigjja e saktë është C.", "C"),
        ("Përgjigje: **B**", "B"),
        ("Opsioni i saktë është D.", "D"),
    ],
    "sr": [
        ("Тачан одговор је C.", "C"),
        ("Одговор: **Б**", "B"),
        ("Tačan odgovor je D.", "D"),
    ],
    "su": [
        ("Jawaban anu bener nyaéta C.", "C"),
        ("Jawaban: **B**", "B"),
        ("Waleran anu leres nyaeta D.", "D"),
    ],
    "sv": [
        ("Rätt svar är C.", "C"),
        ("Svar: **B**", "B"),
        ("Det rätta svaret är D.", "D"),
        (unicodedata.normalize("NFD", "Rätt svar är A."), "A"),
    ],
    "sw": [
        ("Jibu sahihi ni C.", "C"),
        ("Jibu: **B**", "B"),
        ("Kwa hiyo, jibu ni (D) usiku.", "D"),
    ],
    "szl": [("Poprawno ôdpowiydź to C.", "C"), ("Ôdpowiydź: **B**", "B"), ("Ôdpowiydź to D.", "D")],
    "ta": [
        ("சரியான விடை C ஆகும்.", "C"),
        ("விடை: **B**", "B"),
        ("சரியான பதில் (ஈ) ஆகும்.", "D"),
        ("பதில்: அ", "A"),
    ],
    "te": [
        ("సరైన సమాధానం C.", "C"),
        ("జవాబు: **బి**", "B"),
        ("సరైన సమాధానం డి అవుతుంది.", "D"),
        ("సమాధానం: D", "D"),
    ],
    "tg": [
        ("Ҷавоби дуруст: C", "C"),
        ("Ҷавоб: **B**", "B"),
        ("Ҷавоби дуруст D аст.", "D"),
    ],
    "th": [
        ("คำตอบที่ถูกต้องคือ ข้อ C", "C"),
        ("คำตอบ: **ข**", "B"),
        (f"ดังนั้น{ZWSP}คำตอบ{ZWSP}คือ{ZWSP}ง", "D"),
        (f"{BOM}ตอบ ก", "A"),
    ],
    "tl": [
        ("Ang tamang sagot ay C.", "C"),
        ("Sagot: **B**", "B"),
        ("Kaya ang wastong sagot ay (D) sa gabi.", "D"),
    ],
    "tpi": [("Stretpela bekim em C.", "C"), ("Bekim: **B**", "B"), ("Ansa: D", "D")],
    "tr": [
        ("Doğru cevap **C** şıkkıdır.", "C"),
        ("Cevap: B) Köpekler", "B"),
        ("Bu nedenle doğru yanıt D'dir.", "D"),
        (unicodedata.normalize("NFD", "Doğru seçenek: A"), "A"),
    ],
    "tt": [("Дөрес җавап: C", "C"), ("Җавап: **B**", "B"), ("Дөрес җавабы — D.", "D")],
    "uk": [
        ("Правильна відповідь: **C**", "C"),
        ("Відповідь: Б", "B"),
        ("Отже, правильна відповідь — D.", "D"),
    ],
    "ur": [
        ("درست جواب ب ہے۔", "B"),
        ("جواب: **C**", "C"),
        (f"{RLM}لہٰذا صحیح آپشن {LRM}D{RLM} ہے۔", "D"),
    ],
    "uz": [
        ("To'g'ri javob: C", "C"),
        ("Javob: **B**", "B"),
        ("To‘g‘ri javob — D varianti.", "D"),
    ],
    "vec": [("Ła risposta justa ła xe C.", "C"), ("Risposta: **B**", "B"), ("Ła risposta xe D.", "D")],
    "vi": [
        ("Đáp án đúng là **C**.", "C"),
        ("Đáp án: B. Những con chó", "B"),
        (unicodedata.normalize("NFD", "Vậy câu trả lời đúng là D."), "D"),
        (unicodedata.normalize("NFD", "Đáp án: A"), "A"),
    ],
    "war": [
        ("An husto nga baton amo an C.", "C"),
        ("Baton: **B**", "B"),
        ("An tama nga baton amo an (D).", "D"),
    ],
    "yi": [("דער ריכטיקער ענטפער איז C.", "C"), ("ענטפער: **B**", "B"), ("דער ענטפער איז ד.", "D")],
    "yue": [("正確答案係C。", "C"), ("答案：**B**", "B"), ("所以應該揀D。", "D")],
    "zh-Hans": [
        ("正确答案是 **C**。", "C"),
        ("答案：B. 狗", "B"),
        ("综上所述，本题选D。", "D"),
        ("答案：（Ａ）", "A"),
    ],
    "zh-Hant": [
        ("正確答案為 C。", "C"),
        ("答案：**B**", "B"),
        ("因此，應選擇 D。", "D"),
    ],
}
SUITES = ("belebele", "include", "mmmlu", "mlogiqa", "multi_if", "mt_aime2024", "polymath")
CASES = [pytest.param(answer, letter, id=tag) for tag, answers in ANSWERS.items() for answer, letter in answers]


@pytest.mark.parametrize(("answer", "letter"), CASES)
def test_the_letter_of_an_answer_in_its_language(answer: str, letter: str) -> None:
    assert choice_letter(answer, 4) == letter


def test_every_language_of_the_reports_suites_has_three_answers() -> None:
    asked = {tag for suite in SUITES for tag in reference.report_languages(suite)}
    assert asked | {language.tag for language in qwen3_languages()} == set(ANSWERS)
    for tag, answers in ANSWERS.items():
        assert len({answer for answer, _ in answers}) >= 3, tag
        assert len({letter for _, letter in answers}) >= 2, tag


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_form_of_unicode_is_judged_the_same(form: str) -> None:
    for answers in ANSWERS.values():
        for answer, letter in answers:
            assert choice_letter(unicodedata.normalize(form, answer), 4) == letter, answer  # type: ignore[arg-type]


def test_invisible_marks_change_nothing() -> None:
    for answers in ANSWERS.values():
        for answer, letter in answers:
            assert choice_letter(f"{RLM}{LRM.join(answer)}{BOM}", 4) == letter, answer
