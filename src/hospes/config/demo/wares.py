"""What Samovar & Co sells, how it ships, and how dates and sums are written in each language."""

from datetime import datetime
from typing import Final

KINDS: Final[dict[str, dict[str, str]]] = {
    "kettle": {"en": "electric kettle", "lv": "elektriskā tējkanna", "uz": "elektr choynak",
               "tr": "elektrikli su ısıtıcısı", "fa": "کتری برقی", "hy": "էլեկտրական թեյնիկ"},
    "teapot": {"en": "china teapot", "lv": "porcelāna tējkanniņa", "uz": "chinni choynak", "tr": "porselen demlik",
               "fa": "قوری چینی", "hy": "ճենապակյա թեյաման"},
    "tea": {"en": "loose tea", "lv": "beramā tēja", "uz": "choy", "tr": "dökme çay", "fa": "چای", "hy": "թեյ"},
    "grinder": {"en": "coffee grinder", "lv": "kafijas dzirnaviņas", "uz": "qahva maydalagich",
                "tr": "kahve değirmeni", "fa": "آسیاب قهوه", "hy": "սրճաղաց"},
    "samovar": {"en": "samovar", "lv": "samovārs", "uz": "samovar", "tr": "semaver", "fa": "سماور", "hy": "ինքնաեռ"},
    "cups": {"en": "set of tea glasses", "lv": "tējas glāžu komplekts", "uz": "piyolalar toʻplami",
             "tr": "çay bardağı takımı", "fa": "ست استکان", "hy": "թեյի բաժակների հավաքածու"},
}  # fmt: skip
MODELS: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "kettle": (("Aurora 1.7", 59), ("Volga 2 L", 49), ("Tallis 1.0", 39), ("Gauja Steel", 72)),
    "teapot": (("Rosa 0.8", 34), ("Bukhara 1.2", 42), ("Lusine 0.6", 29), ("Cream Dot", 31)),
    "tea": (("Assam No. 4", 9), ("Earl Grey 250", 12), ("Lahijan Gold", 14), ("Latgale Herbs", 8), ("Rize First", 11)),
    "grinder": (("Mokka 40", 65), ("Kardelen Pro", 119), ("Ponto Mini", 45)),
    "samovar": (("Tula 3 L", 145), ("Isfahan 5 L", 210)),
    "cups": (("Lale 6", 26), ("Pargal 12", 48), ("Ararat 4", 22)),
}
COURIERS: Final = {
    "lv": ("Omniva", "DPD"), "en": ("Royal Mail", "Evri"), "tr": ("Yurtiçi Kargo", "Aras Kargo"),
    "uz": ("BTS Express", "EMS"), "fa": ("تیپاکس", "پست پیشتاز"), "hy": ("HayPost", "Globbing"),
}  # fmt: skip
_MONTHS: Final = {
    "en": "January February March April May June July August September October November December",
    "uz": "yanvar fevral mart aprel may iyun iyul avgust sentabr oktabr noyabr dekabr",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "hy": "հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի",
    "fa": "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
}
_PERSIAN_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_DAYS_BEFORE: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def written_date(at: datetime, language: str) -> str:
    """A day as people write it in a letter; in Persian by the solar Hijri calendar."""
    if language == "lv":
        return f"{at.day}.{at.month:02d}."
    months = _MONTHS[language].split()
    if language == "fa":
        _year, month, day = solar_hijri(at.year, at.month, at.day)
        return f"{day} {months[month - 1]}".translate(_PERSIAN_DIGITS)
    name = months[at.month - 1]
    return {"uz": f"{at.day}-{name}", "hy": f"{name} {at.day}"}.get(language, f"{at.day} {name}")


def solar_hijri(year: int, month: int, day: int) -> tuple[int, int, int]:
    """A Gregorian date in the Iranian calendar, by the 33-year cycle (right from 1800 to 2100)."""
    after = year + 1 if month > 2 else year
    days = 355666 + 365 * year + (after + 3) // 4 - (after + 99) // 100 + (after + 399) // 400
    days += day + _DAYS_BEFORE[month - 1]
    hijri = -1595 + 33 * (days // 12053)
    days %= 12053
    hijri += 4 * (days // 1461)
    days %= 1461
    if days > 365:
        hijri += (days - 1) // 365
        days = (days - 1) % 365
    if days < 186:
        return hijri, 1 + days // 31, 1 + days % 31
    return hijri, 7 + (days - 186) // 30, 1 + (days - 186) % 30


def written_sum(euros: float, money: str, rate: float, language: str) -> str:
    """An amount in the customer's money, grouped and rounded as at home."""
    value = euros * rate
    if ".2f" in money:
        text = money.format(value)
        return text.replace(".", ",") if language == "lv" else text
    step = 10 ** max(0, len(str(int(value))) - 3)
    grouped = f"{round(value / step) * step:,}".replace(",", {"tr": ".", "fa": "٬"}.get(language, " "))
    text = money.replace("{:.0f}", grouped)
    return text.translate(_PERSIAN_DIGITS) if language == "fa" else text


def written_number(number: int, language: str) -> str:
    """A small number in the language's digits."""
    return str(number).translate(_PERSIAN_DIGITS) if language == "fa" else str(number)
