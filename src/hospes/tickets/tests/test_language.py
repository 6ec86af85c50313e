"""Short texts as customers write them, in each of our languages: how many are told right is stated and held."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.tickets.language import OURS, identify

TEXTS: dict[str, tuple[str, ...]] = {
    "en": (
        "Hello, where is my order?", "The kettle leaks.", "I want a refund", "Still waiting for a reply",
        "Can I change the address?", "It arrived broken, please help", "How long does delivery take?",
        "Thanks, that solved it", "When will it be back in stock?", "Please cancel my order",
        "The lid does not close", "I never received the parcel", "Do you ship to Estonia?",
        "Wrong colour, I ordered the blue one", "My card was charged twice", "Is the warranty two years?",
        "hi there, any news about my return",
    ),
    "lv": (
        "Labdien! Kur ir mans pasūtījums?", "Vēlos atgriezt tējkannu.", "Prece ir bojāta", "Paldies, viss kārtībā!",
        "Kad būs piegāde?", "Lūdzu, atceliet pasūtījumu", "Tējkanna tek", "Nav sanemts pasutijums",
        "Labdien, velos atgriezt preci", "Cik ilgi jāgaida naudas atmaksa?", "Man atsūtīja nepareizo krāsu",
        "Sveiki, vai varat palīdzēt?", "Vāks neveras ciet", "Nesaņēmu nevienu atbildi",
        "Vai jūs piegādājat uz Liepāju?", "Gribu naudu atpakaļ", "Rēķinā ir kļūda",
    ),
    "uz": (
        "Salom, buyurtmam qayerda?", "Assalomu alaykum, choynak ishlamayapti", "Pulimni qaytarib bering",
        "Mahsulot buzilgan holda keldi", "Rahmat, hammasi yaxshi", "Qachon yetkazib berasiz?",
        "Buyurtmani bekor qilmoqchiman", "Menga boshqa rang keldi", "Yetkazib berish qancha turadi?",
        "Hali ham javob yo‘q", "Choynakning qopqog‘i yopilmayapti", "Manzilni o‘zgartirsam bo‘ladimi?",
        "Салом, буюртмам қаерда?", "Ассалому алайкум, чойнак ишламаяпти", "Пулимни қайтариб беринг",
        "Раҳмат, ҳаммаси яхши", "Қачон етказиб берасиз?", "Товар бузилган ҳолда келди", "Мен жавоб кутяпман",
        "Kafolat necha yil?",
    ),
    "fa": (
        "سلام، سفارش من کجاست؟", "کتری نشتی دارد", "می‌خواهم پولم را پس بگیرم", "کالا شکسته رسید",
        "ممنون، مشکل حل شد", "کی ارسال می‌کنید؟", "لطفاً سفارش را لغو کنید", "رنگ اشتباه فرستادید",
        "هنوز جوابی نگرفتم", "هزینه ارسال چقدر است؟", "آدرس را عوض کنید لطفا", "گارانتی چند سال است؟",
        "درب کتری بسته نمی‌شود", "از کارتم دو بار پول کم شد", "سلام وقت بخیر، کمک می‌خواهم",
        "بسته هنوز نرسیده", "سلام",
    ),
    "tr": (
        "Merhaba, siparişim nerede?", "Su ısıtıcısı su kaçırıyor", "Paramı geri istiyorum", "Ürün kırık geldi",
        "Teşekkürler, sorun çözüldü", "Ne zaman kargoya verilecek?", "Siparişi iptal edin lütfen",
        "Yanlış renk göndermişsiniz", "Hala cevap alamadım", "Kargo ücreti ne kadar?", "Adresimi değiştirebilir miyim?",
        "Garanti kaç yıl?", "Kapağı kapanmıyor", "Kartımdan iki kez çekildi", "siparisim hala gelmedi",
        "iyi günler, yardım lazım", "Paket elime ulaşmadı",
    ),
    "hy": (
        "Բարև, որտե՞ղ է իմ պատվերը", "Թեյնիկը կաթում է", "Ուզում եմ գումարը հետ ստանալ", "Ապրանքը կոտրված եկավ",
        "Շնորհակալություն", "Ե՞րբ կառաքեք", "Չեղարկեք պատվերը", "Սխալ գույն եք ուղարկել", "Դեռ պատասխան չկա",
        "Որքա՞ն է առաքումը", "Կարո՞ղ եմ փոխել հասցեն", "Երաշխիքը քանի՞ տարի է", "Կափարիչը չի փակվում",
        "Քարտիցս երկու անգամ գանձվել է", "Օգնեք խնդրում եմ", "Ողջույն",
    ),
}  # fmt: skip
# Of texts without any hint; with the customer's language known, all must be right.
ACCURACY = 0.95


@pytest.mark.parametrize("language", OURS)
def test_short_texts_are_told_right_without_any_hint(language):
    wrong = {text: found for text in TEXTS[language] if (found := identify(text)).language != language}
    assert len(TEXTS[language]) >= 15
    assert 1 - len(wrong) / len(TEXTS[language]) >= ACCURACY - 0.05, wrong


def test_over_all_languages_the_stated_accuracy_holds():
    told = [identify(text).language == language for language, texts in TEXTS.items() for text in texts]
    assert sum(told) / len(told) >= ACCURACY


@pytest.mark.parametrize("language", OURS)
def test_with_the_customers_language_known_every_text_is_told_right(language):
    wrong = {t: f for t in TEXTS[language] if (f := identify(t, prior="en", known=language)).language != language}
    assert not wrong


@pytest.mark.parametrize("text", ["", "ok", "K7F-2M9Q", "+371 2000 0000", "👍", "https://shop.example/tr/urun", "..."])
def test_what_says_nothing_leaves_the_language_as_it_was(text):
    assert identify(text, prior="lv").language == "lv"
    assert identify(text, prior="en", known="hy").language == "hy"


@pytest.mark.parametrize(("text", "language"), [
    ("Здравствуйте, где мой заказ? Жду уже неделю.", "ru"),
    ("Guten Tag, wo bleibt meine Bestellung?", "de"),
    ("Sveiki, kada bus pristatytas mano užsakymas? Laukiu jau savaitę, ačiū.", "lt"),
    ("مرحبا، أين طلبي؟ لم يصل حتى الآن", "ar"),
    ("Сәлеметсіз бе, менің тапсырысым қайда? Үш күн күтіп жүрмін.", "kk"),
    ("Tere, kus mu tellimus on? Ootan seda juba nädal aega.", "et"),
])  # fmt: skip
def test_other_languages_are_not_taken_for_ours(text, language):
    assert identify(text, prior="en").language == language


def test_a_clear_text_wins_over_what_was_known():
    assert (
        identify("Labdien! Vēlos atgriezt savu pasūtījumu, jo tējkanna tek.", prior="en", known="en").language == "lv"
    )


@given(st.text(max_size=300), st.sampled_from(("", *OURS)), st.sampled_from(("", *OURS)))
def test_any_text_gets_an_answer_and_always_the_same(text, prior, known):
    found = identify(text, prior, known)
    assert found == identify(text, prior, known)
    assert 0.0 <= found.score <= 1.0
    assert len(found.language) <= 8


def test_telling_languages_reaches_for_no_network():
    code = (
        "import socket\n"
        "def no(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = no; socket.getaddrinfo = no\n"
        "from hospes.tickets.language import identify\n"
        "import sys; assert 'fasttext' not in sys.modules, 'read before it is needed'\n"
        "assert identify('Labdien! Kur ir mans pasūtījums?').language == 'lv'\n"
        "assert 'robust_downloader' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
