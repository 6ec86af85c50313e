"""A talk that its customer ended takes nobody's capacity."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_escalation")]
    operations = [migrations.AddField("routingentry", "resting", models.BooleanField(default=False))]
