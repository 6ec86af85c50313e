"""Files that customers and agents attach: small drawn photographs, and invoices as the smallest PDF that opens."""

import io
import random
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

_BACKGROUNDS = ((214, 203, 186), (188, 199, 201), (225, 219, 209), (170, 160, 150), (201, 190, 205))
_BODIES = ((176, 46, 38), (238, 229, 205), (44, 74, 60), (60, 62, 68), (52, 86, 140), (196, 148, 62))


@cache
def photo(number: int) -> bytes:
    """A PNG of a kettle on a table, a little out of focus, some with a puddle or a crack."""
    dice = random.Random(number)  # noqa: S311 - a drawing
    image = Image.new("RGB", (320, 240), dice.choice(_BACKGROUNDS))
    draw = ImageDraw.Draw(image)
    table = dice.randint(165, 190)
    draw.rectangle((0, table, 320, 240), fill=(134, 98, 66))
    body = dice.choice(_BODIES)
    left, top = dice.randint(80, 110), dice.randint(60, 80)
    draw.polygon([(left + 115, top + 50), (left + 165, top + 25), (left + 120, top + 75)], fill=body)
    draw.arc((left - 42, top + 15, left + 30, top + 95), 90, 270, fill=(40, 36, 34), width=9)
    draw.rounded_rectangle((left, top, left + 120, table + 12), radius=34, fill=body)
    draw.ellipse((left + 15, top - 10, left + 105, top + 18), fill=tuple(int(c * 0.8) for c in body))
    draw.ellipse((left + 52, top - 20, left + 68, top - 6), fill=(30, 28, 28))
    draw.line((left + 18, top + 30, left + 14, table - 10), fill=(250, 250, 246), width=4)
    if number % 2:
        draw.ellipse((left - 10, table + 8, left + 150, table + 34), fill=(120, 150, 170))
    else:
        crack = [(left + 70 + dice.randint(-9, 9), top + 20 + step * 14) for step in range(6)]
        draw.line(crack, fill=(24, 22, 22), width=2)
    image = image.filter(ImageFilter.GaussianBlur(0.9)).rotate(dice.uniform(-4, 4), fillcolor=(96, 84, 74))
    out = io.BytesIO()
    image.quantize(48).save(out, "PNG", optimize=True)
    return out.getvalue()


def invoice(order: str, amount: str) -> bytes:
    """A one-page PDF (ISO 32000) with Latin letters only, as its built-in font has no others."""
    lines = ["Samovar & Co", f"Invoice for order {order}", f"Total: {amount}", "Paid with thanks."]
    shown = [line.encode("latin-1", "ignore").replace(b"(", b"").replace(b")", b"") for line in lines]
    text = b" ".join(b"(" + line + b") Tj 0 -26 Td" for line in shown)
    content = b"BT /F1 16 Tf 60 770 Td " + text + b" ET"
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    pdf, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return pdf + end % len(pdf)
