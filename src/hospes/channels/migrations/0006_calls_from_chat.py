"""A chat offers calls wherever they are possible, unless somebody says no."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hospes_channels", "0005_public_ways")]
    operations = [
        migrations.AlterField("chatsite", "call", models.BooleanField(default=True)),
        migrations.AlterField("chatsite", "callback", models.BooleanField(default=True)),
    ]
