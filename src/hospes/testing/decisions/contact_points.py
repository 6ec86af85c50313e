"""Decisions on the addresses of the topic contact points."""

from typing import Any, Final

from hospes.testing.rules import Rule

HEARD: Final[dict[str, str]] = {"contact_point": "light"}

RULES: Final[dict[str, Rule]] = {
    "desk/settings/contact-points/": Rule(get="admin", post="admin", body={"key": "", "move": "up"}),
    "desk/settings/contact-points/new/": Rule(get="admin", post="admin", body={"name_en": "Our shop"}),
    "desk/settings/contact-points/<slug:key>/": Rule(get="admin", post="admin", args=("point_key",)),
    "portal/ways/": Rule(get="anyone"),
    "portal/ways.json": Rule(get="anyone"),
    "portal/ways.js": Rule(get="anyone"),
}


def things(world_things: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """An inbox's contact point."""
    from hospes.channels.points import points

    return {"point_key": points()[0].key}
