"""Names of customers as they are at home, and how each language addresses somebody politely."""

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Names:
    """One person's name. `formal` is what follows an agent's greeting; `latin` makes the address."""

    first: str
    full: str
    formal: str
    latin: str


@dataclass(frozen=True, slots=True)
class Book:
    """First and last names of a language, each with its Latin spelling; `last` has (his, hers)."""

    language: str
    men: tuple[tuple[str, str], ...]
    women: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str, str], ...]

    def pick(self, dice: random.Random) -> Names:
        """Somebody."""
        woman = dice.random() < 0.55
        first, latin_first = dice.choice(self.women if woman else self.men)
        his, hers, latin_last = dice.choice(self.last)
        last = hers if woman else his
        formal = _formal(self.language, first, last, woman)
        spelled = _ascii(last)  # hers differs from his
        return Names(first, f"{first} {last}", formal, f"{latin_first} {spelled if spelled.isascii() else latin_last}")


def _formal(language: str, first: str, last: str, woman: bool) -> str:
    """As a shop addresses them: first name in English and Latvian (in the vocative), with a title elsewhere."""
    if language == "lv":
        return vocative(first)
    if language == "tr":
        return f"{first} {'Hanım' if woman else 'Bey'}"
    if language == "fa":
        return f"{'خانم' if woman else 'آقای'} {last}"
    if language == "hy":
        return f"{'տիկին' if woman else 'պարոն'} {last}"
    return first


def vocative(first: str) -> str:
    """A Latvian first name as one is called by it: Jānis → Jāni, Andris → Andri, Mārtiņš → Mārtiņ, Anna → Anna."""
    if first.endswith(("s", "š")):
        return first[:-1]
    return first


def _plain(text: str) -> tuple[tuple[str, str], ...]:
    """Names from a line of `Native=latin` or just `Native`, whose marks are dropped for the address."""
    pairs = (part.partition("=") for part in text.split())
    return tuple((native, latin or _ascii(native)) for native, _sign, latin in pairs)


def _last(text: str) -> tuple[tuple[str, str, str], ...]:
    """Last names from a line of `His/Hers=latin`; one form when both are alike."""
    found = []
    for part in text.split():
        forms, _sign, latin = part.partition("=")
        his, _slash, hers = forms.partition("/")
        found.append((his, hers or his, latin or _ascii(his)))
    return tuple(found)


_MARKS: Final = str.maketrans("āčēģīķļņšūžçğıöşüİÇŞÖÜĀČĒĢĪĶĻŅŠŪŽ", "acegiklnsuzcgiosuICSOUACEGIKLNSUZ", "ʻʼ'")


def _ascii(name: str) -> str:
    return name.translate(_MARKS)


NAMES: Final[dict[str, Book]] = {
    "en": Book(
        "en",
        _plain("Oliver George Harry Tom Daniel Michael Peter Andrew Callum Rhys Samuel Kwame Ravi Omar"),
        _plain("Emily Charlotte Sophie Grace Hannah Margaret Susan Fiona Megan Priya Amara Ruth Alice Chloe"),
        _last("Hughes Walker Thompson Patel Green Bennett Murray Clarke Okafor Davies Wright Shaw Foster Kelly"),
    ),
    "lv": Book(
        "lv",
        _plain("Jānis Andris Mārtiņš Kārlis Raimonds Edgars Juris Gatis Uldis Roberts Toms Kristaps"),
        _plain("Ilze Inese Līga Zane Kristīne Sanita Agnese Elīna Aija Maija Baiba Vineta Laura"),
        _last(
            "Ozols/Ozola Kalniņš/Kalniņa Liepiņš/Liepiņa Krūmiņš/Krūmiņa Balodis/Balode Zariņš/Zariņa "
            "Petersons/Petersone Eglītis/Eglīte Vītols/Vītola Jansons/Jansone Siliņš/Siliņa Grīnbergs/Grīnberga"
        ),
    ),
    "tr": Book(
        "tr",
        _plain("Mehmet Ahmet Mustafa Emre Burak Can Hüseyin Okan Serkan Kerem Tolga Yusuf"),
        _plain("Ayşe Fatma Zeynep Merve Esra Selin Derya Gülşen Hatice Büşra Özge Nazlı"),
        _last("Yıldız Demir Şahin Çelik Aydın Öztürk Arslan Koç Kurt Polat Güneş Aksoy Doğan Erdem"),
    ),
    "uz": Book(
        "uz",
        _plain("Jasur Sherzod Otabek Bobur Sardor Aziz Rustam Ulugʻbek Shavkat Farrux Doniyor Islom"),
        _plain("Dilnoza Gulnora Nilufar Madina Zulfiya Feruza Kamola Sevara Nodira Malika Shahnoza Lola"),
        _last(
            "Rahimov/Rahimova Yusupov/Yusupova Toshmatov/Toshmatova Ergashev/Ergasheva Xolmatov/Xolmatova "
            "Qodirov/Qodirova Saidov/Saidova Umarov/Umarova Abdullayev/Abdullayeva Ismoilov/Ismoilova "
            "Joʻrayev/Joʻrayeva Mirzayev/Mirzayeva"
        ),
    ),
    "fa": Book(
        "fa",
        _plain(
            "علی=ali محمد=mohammad رضا=reza حسین=hossein امیر=amir مهدی=mehdi سعید=saeed بهرام=bahram "
            "کامران=kamran فرهاد=farhad آرش=arash نیما=nima"
        ),
        _plain(
            "مریم=maryam زهرا=zahra سارا=sara نرگس=narges لیلا=leila پریسا=parisa نازنین=nazanin مینا=mina "
            "الهام=elham شیدا=sheida فاطمه=fatemeh رویا=roya"
        ),
        _last(
            "رضایی=rezaei محمدی=mohammadi حسینی=hosseini کریمی=karimi موسوی=mousavi صادقی=sadeghi رحیمی=rahimi "
            "جعفری=jafari نوری=nouri قاسمی=ghasemi اکبری=akbari شریفی=sharifi تهرانی=tehrani"
        ),
    ),
    "hy": Book(
        "hy",
        _plain(
            "Արամ=aram Տիգրան=tigran Հայկ=hayk Գևորգ=gevorg Արմեն=armen Սուրեն=suren Վահե=vahe Դավիթ=davit "
            "Կարեն=karen Աշոտ=ashot Հովհաննես=hovhannes"
        ),
        _plain(
            "Անի=ani Մարիամ=mariam Լիլիթ=lilit Նարինե=narine Գայանե=gayane Աստղիկ=astghik Սոնա=sona Լուսինե=lusine "
            "Հասմիկ=hasmik Արփինե=arpine Տաթևիկ=tatevik"
        ),
        _last(
            "Հակոբյան=hakobyan Սարգսյան=sargsyan Գրիգորյան=grigoryan Հովհաննիսյան=hovhannisyan Մկրտչյան=mkrtchyan "
            "Ավետիսյան=avetisyan Խաչատրյան=khachatryan Մարտիրոսյան=martirosyan Ղազարյան=ghazaryan "
            "Բաղդասարյան=baghdasaryan"
        ),
    ),
}
