"""Contact points: which ways to reach the company are shown in public, in which order, with which words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.desk.shapes.times import isolated
from hospes.desk.topics import Data, Setting, Topic


def _changed(data: Data) -> str:
    words = {
        "created": _("added the contact point %(name)s"),
        "removed": _("took away what is said of the contact point %(name)s"),
        "moved": _("moved the contact point %(name)s"),
    }
    name = isolated(f"“{data.get('label', '')}”")
    return words.get(str(data.get("what")), _("changed the contact point %(name)s")) % {"name": name}


TOPIC = Topic(
    settings=(
        Setting(
            "company",
            "contact_points",
            # Translators: the ways to reach the company that it shows in public
            gettext_lazy("Contact points"),
            "map-pin",
            "desk:contact_points",
            "inbox.manage",
        ),
    ),
    audit={"ContactPointChanged": _changed},
    group=("contact_points", gettext_lazy("Contact points")),
)
