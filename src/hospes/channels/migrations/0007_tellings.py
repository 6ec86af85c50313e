"""What providers are still to be told of our side of a talk."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hospes_channels", "0006_calls_from_chat"),
        ("tickets", "0007_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="Telling",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("what", models.CharField(choices=[("seen", "Seen"), ("typing", "Typing")], max_length=6)),
                ("on", models.BooleanField(default=True)),
                ("asked_at", models.DateTimeField()),
                ("shown_at", models.DateTimeField(null=True)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "inbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.inbox"
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.message"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("next_try_at"),
                        condition=models.Q(("next_try_at__isnull", False)),
                        name="telling_waiting",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("ticket", "inbox", "what"), name="one_telling_a_talk")],
            },
        ),
    ]
