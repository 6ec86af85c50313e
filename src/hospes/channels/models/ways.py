"""What the company says in public of the ways to reach it, besides what its inboxes know by themselves."""

from typing import Any

from django.db import models


class PublicWay(models.Model):
    """A contact point as the public page lists it: an inbox's (shown without a row, too), or one of the company's own
    without an inbox (a shop to visit, a postal address).

    `names` and `texts` by language. `address` is shown instead of the inbox's own, `link` is opened instead of the
    usual one. `free`: it costs the caller nothing.
    """

    id = models.BigAutoField(primary_key=True)
    inbox = models.OneToOneField("tickets.Inbox", on_delete=models.CASCADE, null=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=100)
    hidden = models.BooleanField(default=False)
    names: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    texts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    address = models.CharField(max_length=320, blank=True)
    link = models.CharField(max_length=500, blank=True)
    free = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return str(next(iter(self.names.values()), "")) or self.address
