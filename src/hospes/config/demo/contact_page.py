"""The kettle shop's page of all ways to reach it: what is said of each, and the shop that one can walk into."""

import random
from datetime import datetime, timedelta
from typing import Final

from hospes.channels import points
from hospes.channels.points import Point
from hospes.config.demo.company import Company

#: The order of the page; a way that the shop does not have is left out.
ORDER: Final = ("chat", "browser", "voice", "email", "whatsapp", "sms", "messenger", "instagram")
FREE: Final = frozenset({"chat", "browser"})
TEXTS: Final = {
    "chat": {
        "en": "Quickest for short questions. Send us a picture of your kettle if you like.",
        "lv": "Ātrākais ceļš īsiem jautājumiem. Varat atsūtīt arī savas tējkannas attēlu.",
        "fa": "سریع‌ترین راه برای پرسش‌های کوتاه. اگر خواستید عکس کتری‌تان را هم بفرستید.",
    },
    "browser": {
        "en": "Show us what is wrong: we see your kettle by video and help at once.",
        "lv": "Parādiet, kas noticis: mēs redzam jūsu tējkannu video zvanā un uzreiz palīdzam.",
        "fa": "مشکل را به ما نشان دهید: کتری شما را در تماس تصویری می‌بینیم و همان‌جا کمک می‌کنیم.",
    },
    "voice": {
        "en": "When all lines are busy we call you back, and you keep your place.",
        "lv": "Ja visas līnijas ir aizņemtas, mēs jums atzvanām, un jūsu vieta rindā paliek.",
        "fa": "اگر همهٔ خط‌ها مشغول باشند با شما تماس می‌گیریم و نوبتتان حفظ می‌شود.",
    },
    "email": {
        "en": "Best for invoices, warranties and anything with papers.",
        "lv": "Vislabāk rēķiniem, garantijām un visam, kam vajadzīgi dokumenti.",
        "fa": "بهترین راه برای فاکتور، ضمانت و هر چیزی که سند لازم دارد.",
    },
    "sms": {
        "en": "Also without internet. Text STOP and we write no more.",
        "lv": "Arī bez interneta. Atsūtiet STOP, un mēs vairs nerakstīsim.",
        "fa": "بدون اینترنت هم کار می‌کند. اگر STOP بفرستید دیگر پیامی نمی‌فرستیم.",
    },
}
SHOP: Final = {
    "names": {
        "en": "Our shop in Riga",
        "lv": "Mūsu veikals Rīgā",
        "tr": "Riga'daki mağazamız",
        "fa": "فروشگاه ما در ریگا",
    },
    "texts": {
        "en": "Monday to Saturday, 10 to 18. Small repairs while you wait, with a cup of tea.",
        "lv": "No pirmdienas līdz sestdienai, 10–18. Sīki remonti, kamēr gaidāt, ar tasi tējas.",
        "tr": "Pazartesi–cumartesi, 10–18. Küçük onarımlar bir bardak çay içerken biter.",
        "fa": "دوشنبه تا شنبه، ۱۰ تا ۱۸. تعمیرهای کوچک را همان‌جا با یک فنجان چای انجام می‌دهیم.",
    },
}


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Comes last, so that all inboxes are there. Hours and promised times are those of the service levels."""
    actor, then = company.admin(), now - timedelta(days=19)
    said: set[str] = set()  # of two mailboxes the first says what mail is good for
    for point in points.points(hidden=False):
        if (texts := TEXTS.get(point.kind)) is not None and point.kind not in said:
            said.add(point.kind)
            points.save_point(
                point=point, names={}, texts=texts, address="", link="", hidden=False, free=point.kind in FREE,
                actor=actor, now=then,
            )  # fmt: skip
    points.save_point(
        point=None, **SHOP, address="Brīvības iela 45, Rīga", link="geo:56.9550,24.1200", hidden=False, free=False,
        actor=actor, now=then,
    )  # fmt: skip
    points.order_points(keys=[point.key for point in sorted(points.points(), key=_place)], actor=actor, now=then)


def _place(point: Point) -> int:
    return ORDER.index(point.kind) if point.kind in ORDER else len(ORDER)
