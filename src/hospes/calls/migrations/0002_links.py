"""Whom a one-time link is for, and until when a browser's line was there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="calllink",
            name="kind",
            field=models.CharField(
                choices=[("customer", "Customer"), ("agent", "Agent"), ("expert", "Expert")],
                default="customer",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="callpart",
            name="seen_at",
            field=models.DateTimeField(null=True),
        ),
    ]
