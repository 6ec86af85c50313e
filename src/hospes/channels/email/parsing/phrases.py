"""What mail programs write around quotes, forwards and signatures, language by language. Data only.

Every phrase is in lower case (casefolded). A new language is a few words in each table.
"""

from typing import Final

# "wrote": the verb of the line above a quote.
WROTE: Final = (
    "wrote", "writes", "sent", "said", "schrieb", "geschrieben", "schreibt", "a écrit", "écrit", "ecrit",
    "écrivait", "escribió", "escribio", "escribiu", "escrito", "ha scritto", "scrive", "scritto",
    "escreveu", "schreef", "geschreven", "schreven", "написал", "написала", "написал(а)", "написали",
    "пишет", "писал", "написав", "написав(ла)", "пише", "напісаў", "napisał", "napisała", "napisał(a)",
    "pisze", "skrev", "skreiv", "kirjoitti", "kirjutas", "napsal", "napsala", "napsal(a)", "píše",
    "napísal", "napísal(a)", "napísala", "yazdı", "yazdi", "yazmış", "şunu yazdı", "yazıb", "rakstīja",
    "raksta", "rašė", "parašė", "نوشت", "نوشته", "گفت", "գրել է", "գրեց", "գրել", "yozdi", "yozgan", "ёзди",
    "ёзган", "жазды", "のメール", "のメッセージ", "書きました", "さんは書", "写道", "寫道", "写了", "写到",
    "寫了", "作成", "작성", "썼습니다", "썼다", "írta", "a scris", "написа", "је написао", "je napisao",
    "je napisala", "napisao je", "je napisal", "έγραψε", "כתב", "כתבה", "كتب", "đã viết", "เขียนว่า",
    "menulis", "va escriure", "idatzi", "skrifaði", "scríobh", "ha escrit",
)  # fmt: skip
# How such a line begins, when it begins with something else than a date or a name.
BEGINS: Final = (
    "on", "at", "in a message dated", "in article", "in message", "am", "den", "der", "die", "das", "um",
    "le", "el", "il", "em", "a", "op", "w dniu", "dnia", "pe", "på", "kl", "dne", "dňa", "la", "în data de",
    "в", "вс", "пн", "вт", "ср", "чт", "пт", "сб", "від", "у", "на", "з", "在", "於", "于", "ngày", "vào",
    "pada", "στις", "в сообщении", "ma", "ti", "ke", "to", "su", "al", "il giorno", "no dia", "date",
    "datum", "بتاريخ", "בתאריך", "ב-", "در", "در تاریخ", "dia", "el día", "plkst", "gada", "čet", "pon",
    "uto", "sri", "sub", "ned", "tarih", "jo", "mn",
)  # fmt: skip
# The names of the fields in the block that Outlook puts above a quote.
FROM: Final = (
    "from", "von", "de", "da", "van", "от", "от кого", "від", "від кого", "od", "från", "fra", "lähettäjä",
    "kimden", "gönderen", "no", "sūtītājs", "از", "فرستنده", "ումից", "ուղարկող", "kimdan", "yuboruvchi",
    "jo'natuvchi", "кимдан", "юборувчи", "差出人", "送信者", "发件人", "寄件者", "寄件人", "發件人",
    "보낸 사람", "보낸사람", "발신", "feladó", "expeditor", "de la", "от:", "από", "מאת", "من", "saatja",
    "nuo", "odosielateľ", "odesílatel", "pošiljatelj", "dari", "từ", "จาก", "remitente", "mittente",
    "remetente", "expéditeur", "absender", "afzender", "отправитель", "відправник", "nadawca", "desde",
)  # fmt: skip
SENT: Final = (
    "sent", "date", "gesendet", "datum", "envoyé", "envoye", "date d'envoi", "enviado", "enviado el",
    "enviado em", "enviada em", "enviada", "fecha", "data", "inviato", "verzonden", "отправлено", "дата",
    "надіслано", "відправлено", "wysłano", "wysłane", "skickat", "sendt", "dato", "lähetetty", "päivämäärä",
    "päiväys", "odesláno", "odoslané", "dátum", "gönderildi", "gönderme tarihi", "gönderilme tarihi",
    "tarih", "nosūtīts", "datums", "ارسال شده", "ارسال", "تاریخ", "تاریخ ارسال", "ուղարկվել է", "ուղարկված",
    "ուղարկված է", "ամսաթիվ", "yuborilgan", "yuborildi", "sana", "сана", "юборилган", "送信日時", "送信日",
    "日時", "日付", "发送时间", "发送日期", "日期", "时间", "寄件日期", "傳送時間", "傳送日期", "보낸 날짜",
    "보낸날짜", "날짜", "일시", "elküldve", "küldve", "trimis", "dată", "изпратено", "ημερομηνία",
    "στάλθηκε", "נשלח", "תאריך", "تاريخ الإرسال", "التاريخ", "تاريخ", "saadetud", "kuupäev", "išsiųsta",
    "poslano", "tanggal", "dikirim", "ngày", "đã gửi", "วันที่",
)  # fmt: skip
TO: Final = (
    "to", "an", "à", "a", "para", "aan", "кому", "komu", "do", "till", "til", "vastaanottaja", "kime",
    "alıcı", "kam", "saņēmējs", "adresāts", "به", "گیرنده", "ում", "ստացող", "kimga", "qabul qiluvchi",
    "кимга", "宛先", "收件人", "收件者", "받는 사람", "받는사람", "수신", "címzett", "către", "catre", "до",
    "προς", "אל", "إلى", "kellele", "za", "kepada", "đến", "ถึง", "prima", "destinatario", "destinataire",
    "destinatário", "empfänger", "ontvanger", "получатель", "pour", "per",
)  # fmt: skip
CC: Final = (
    "cc", "copie à", "copie", "kopie", "копия", "копія", "dw", "kopia", "kopi", "kopio", "bilgi", "رونوشت",
    "پیوست", "պատճեն", "nusxa", "нусха", "抄送", "副本", "참조", "másolatot kap", "κοιν", "עותק", "نسخة",
    "cópia", "kópia", "bcc", "reply-to", "organization", "importance", "wichtigkeit", "priority",
    "attachments", "anlagen", "pièces jointes",
)  # fmt: skip
SUBJECT: Final = (
    "subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "тема", "temat", "ämne",
    "emne", "aihe", "předmět", "predmet", "konu", "temats", "tēma", "موضوع", "թեմա", "mavzu", "мавзу",
    "件名", "主题", "主旨", "主題", "제목", "tárgy", "subiect", "относно", "θέμα", "נושא", "الموضوع",
    "teema", "tema", "zadeva", "perihal", "subjek", "chủ đề", "tiêu đề", "เรื่อง", "assumpte", "betr",
)  # fmt: skip
# Between dashes, above the quoted original.
ORIGINAL: Final = (
    "original message", "original-nachricht", "ursprüngliche nachricht", "originalnachricht",
    "urspruengliche nachricht", "reply message", "antwort nachricht", "original email", "message d'origine",
    "message original", "message initial", "mensaje original", "messaggio originale", "mensagem original",
    "oorspronkelijk bericht", "origineel bericht", "исходное сообщение", "исходящее сообщение",
    "оригинальное сообщение", "первоначальное сообщение", "вихідне повідомлення",
    "оригінальне повідомлення", "wiadomość oryginalna", "oryginalna wiadomość", "ursprungligt meddelande",
    "originalmeddelande", "oprindelig meddelelse", "original meddelelse", "opprinnelig melding",
    "original melding", "alkuperäinen viesti", "původní zpráva", "pôvodná správa", "původní e-mail",
    "orijinal mesaj", "özgün ileti", "asıl mesaj", "sākotnējais ziņojums", "oriģinālais ziņojums",
    "oriģinālā vēstule", "پیام اصلی", "متن اصلی", "پیغام اصلی", "նախնական հաղորդագրություն",
    "սկզբնական նամակ", "բնօրինակ հաղորդագրություն", "asl xabar", "asl maktub", "дастлабки хабар",
    "元のメッセージ", "原始邮件", "原始郵件", "邮件原件", "回复的原邮件", "원본 메시지", "원본 메일",
    "eredeti üzenet", "mesaj original", "mesajul original", "оригинално съобщение", "αρχικό μήνυμα",
    "הודעה מקורית", "الرسالة الأصلية", "algne kiri", "algne sõnum", "pradinis laiškas", "izvorna poruka",
    "izvirno sporočilo", "pesan asli", "thư gốc", "ข้อความต้นฉบับ", "original appointment",
    "missatge original", "ursprünglicher termin", "antwort",
)  # fmt: skip
# Above a message that was passed on whole.
FORWARDED: Final = (
    "forwarded message", "forwarded by", "begin forwarded message", "forwarded mail",
    "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "weitergeleitete e-mail",
    "weitergeleitet von", "message transféré", "début du message transféré", "début du message réexpédié",
    "message réexpédié", "mensaje reenviado", "inicio del mensaje reenviado", "inizio messaggio inoltrato",
    "messaggio inoltrato", "messaggio inoltrato inizia", "mensagem encaminhada", "mensagem reencaminhada",
    "início da mensagem encaminhada", "início da mensagem reenviada", "doorgestuurd bericht",
    "begin doorgestuurd bericht", "пересылаемое сообщение", "пересланное сообщение",
    "начало пересылаемого сообщения", "начало переадресованного сообщения", "переслане повідомлення",
    "початок пересланого повідомлення", "przesłana wiadomość", "przekazana wiadomość",
    "treść przekazanej wiadomości", "wiadomość przekazana", "początek przekazywanej wiadomości",
    "vidarebefordrat meddelande", "vidarebefordrat brev", "videresendt meddelelse",
    "start på videresendt besked", "videresendt melding", "videresendt besked", "edelleenlähetetty viesti",
    "välitetty viesti", "välitetty viesti alkaa", "přeposlaná zpráva", "začátek přeposílané zprávy",
    "preposlaná správa", "iletilen mesaj", "iletilmiş mesaj", "yönlendirilen ileti", "iletilen ileti",
    "pārsūtītais ziņojums", "pārsūtīta ziņa", "pārsūtīts ziņojums", "پیام هدایت‌شده", "پیام هدایت شده",
    "پیام ارسال شده", "پیام بازارسال", "վերահասցեավորված հաղորդագրություն", "փոխանցված հաղորդագրություն",
    "փոխանցված նամակ", "yuborilgan xabar", "uzatilgan xabar", "yo‘naltirilgan xabar",
    "yo'naltirilgan xabar", "転送メッセージ", "転送されたメール", "転送元のメッセージ", "转发的邮件",
    "已转发的邮件", "转发邮件信息", "轉寄郵件", "轉寄的郵件", "전달된 메시지", "전달된 메일",
    "továbbított üzenet", "továbbított levél", "mesaj redirecționat", "препратено съобщение",
    "προωθημένο μήνυμα", "הודעה שהועברה", "رسالة معاد توجيهها", "edastatud kiri", "persiųstas laiškas",
    "proslijeđena poruka", "pesan terusan", "thư đã chuyển tiếp", "missatge reenviat",
    "mail original transféré",
)  # fmt: skip
# In front of the subject of a message that was passed on.
FORWARD_PREFIXES: Final = (
    "fwd", "fw", "wg", "tr", "rv", "enc", "i", "doorst", "vs", "vb", "pd", "fs", "ilt", "i̇lt", "ynt fwd",
    "пересл", "转发", "轉寄", "转寄", "transfert", "trs", "weiterl", "přep", "pārs", "هدایت", "переслано",
    "továbbítás", "전달", "転送", "res fw", "uzatildi",
)  # fmt: skip
# Whole lines that a telephone or a program puts at the end: what they begin with …
DEVICE_BEGINS: Final = (
    "sent from my ", "sent from ", "sent via ", "sent using ", "get outlook for ", "get boxer for ",
    "sent with ", "von meinem ", "von meiner ", "gesendet von ", "gesendet mit ",
    "diese nachricht wurde von meinem ", "outlook für ios beziehen", "outlook für android beziehen",
    "holen sie sich outlook für", "envoyé de mon ", "envoyé depuis ", "envoyé à partir de ",
    "télécharger outlook pour ", "obtenez outlook pour", "enviado desde ", "obtener outlook para ",
    "enviado do meu ", "enviado de meu ", "enviado do ", "enviado de mi ", "enviado a partir do",
    "obter o outlook para ", "baixe o outlook para", "inviato da ", "inviato dal ", "inviato con ",
    "scarica outlook per ", "ottieni outlook per", "verstuurd vanaf ", "verzonden vanaf ", "verzonden met ",
    "verstuurd met ", "outlook voor ", "отправлено с ", "отправлено из ", "отправлено от ",
    "отправлено через ", "надіслано з ", "відправлено з ", "wysłane z ", "wysłano z ",
    "pobierz program outlook ", "skickat från ", "hämta outlook för ", "skaffa outlook för ", "sendt fra ",
    "hent outlook til ", "få outlook for ", "last ned outlook for", "lähetetty ", "hanki outlook ",
    "odesláno z ", "odoslané z ", "získat outlook pro", "nosūtīts no ", "sūtīts no ", "saatnud minu",
    "saadetud minu", "išsiųsta iš", "ارسال شده از ", "ارسال شده با ", "فرستاده شده از ", "ուղարկված է ",
    "ուղարկվել է ", "yuborildi ", "发自我的", "發自我的", "从我的", "從我的", "发自", "發自", "来自我的",
    "나의 ", "내 iphone", "trimis de pe ", "az iphone-omról ", "küldve ", "изпратено от ", "στάλθηκε από ",
    "נשלח מה", "أرسلت من ", "تم الإرسال من ", "poslano z ", "poslano s ", "dikirim dari ", "được gửi từ ",
    "gửi từ ", "envoyé par ", "von unterwegs gesendet", "sent by ", "from my iphone", "kommt vom",
    "envoyé avec ", "enviado con ", "enviado com ", "enviat des del",
)  # fmt: skip
# … or end with.
DEVICE_ENDS: Final = (
    " gesendet", " gesendet.", "'umdan gönderildi", "’umdan gönderildi", "dan gönderildi", "den gönderildi",
    " gönderildi", "から送信", "から送信されました", "より送信", "에서 보냄", " ارسال شد", " ارسال شده",
    "-ից", "dan yuborildi", "dan jo'natildi", "дан юборилди", "发送", "傳送", "verzonden", "verstuurd",
    " saadetud", " küldve", "-ից ուղարկված է",
)  # fmt: skip
# Devices and programs: one must occur in such a line, so that "Sent from the warehouse" stays.
DEVICES: Final = (
    "iphone", "ipad", "ipod", "apple", "android", "samsung", "galaxy", "blackberry", "windows", "nokia",
    "huawei", "xiaomi", "redmi", "poco", "oppo", "oneplus", "pixel", "sony", "xperia", "htc", "lg",
    "lenovo", "motorola", "moto", "mobile", "mobil", "phone", "telefon", "téléphone", "teléfono", "móvil",
    "portable", "smartphone", "tablet", "handy", "outlook", "hotmail", "gmail", "yahoo", "mail", "mail.ru",
    "yandex", "почт", "proton", "fastmail", "tutanota", "spark", "airmail", "k-9", "bluemail", "aquamail",
    "mailbox", "nine", "email", "e-mail", "thunderbird", "zoho", "телефон", "мобильн", "мобільн",
    "смартфон", "подарк", "айфон", "honor", "vivo", "realme", "telefonum", "گوشی", "موبایل", "آیفون",
    "تلفن", "手机", "手機", "邮箱", "スマート", "휴대", "web.de", "gmx", "t-online", "aol", "superhuman",
    "front", "canary", "mac", "surface", "device", "gerät", "typemail", "edison", "mozilla", "телефона",
    "boxer", "acompli",
)  # fmt: skip
# Where we, and other helpdesks, ask people to write above.
REPLY_ABOVE: Final = (
    "reply above this line", "reply above the line", "type your reply above", "reply above",
    "write above this line", "please type your reply above", "respond above", "antworten sie über",
    "antwort über dieser", "oberhalb dieser", "répondre au-dessus", "répondez au-dessus",
    "responda por encima", "responder por encima", "escriba su respuesta", "ответьте выше", "пишите выше",
    "bu satırın üst", "yanıtınızı bu satırın", "atbildi virs šīs", "rakstiet virs šīs", "بالای این خط",
    "այս տողից վեր", "այս տողի վերևում", "shu satrdan yuqori", "ushbu chiziqdan yuqori",
    "ushbu satrdan yuqori",
)  # fmt: skip
