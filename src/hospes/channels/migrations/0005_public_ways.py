"""What is said in public of the ways to reach the company."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hospes_channels", "0004_chat"), ("tickets", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="PublicWay",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField(default=100)),
                ("hidden", models.BooleanField(default=False)),
                ("names", models.JSONField(blank=True, default=dict)),
                ("texts", models.JSONField(blank=True, default=dict)),
                ("address", models.CharField(blank=True, max_length=320)),
                ("link", models.CharField(blank=True, max_length=500)),
                ("free", models.BooleanField(default=False)),
                (
                    "inbox",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.inbox"
                    ),
                ),
            ],
            options={"ordering": ["position", "id"]},
        ),
    ]
