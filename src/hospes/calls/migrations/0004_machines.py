"""Answering machines are listened for, where wanted; a recording knows whether all of it has come."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0003_phone'),
    ]

    operations = [
        migrations.AddField('phonesetup', 'detect_machines', models.BooleanField(default=True)),
        migrations.AddField('recording', 'whole', models.BooleanField(default=False)),
    ]
