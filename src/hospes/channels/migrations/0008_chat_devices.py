"""A signed-in visitor chats from several devices: tokens get a table of their own."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

COPY = (
    "INSERT INTO hospes_channels_chatdevice (visitor_id, token_hash, token_until)"
    " SELECT id, token_hash, token_until FROM hospes_channels_chatvisitor"
)
BACK = (
    "UPDATE hospes_channels_chatvisitor v SET token_hash = coalesce((SELECT d.token_hash"
    " FROM hospes_channels_chatdevice d WHERE d.visitor_id = v.id ORDER BY d.id LIMIT 1), 'gone ' || v.id)"
)


class Migration(migrations.Migration):
    dependencies = [("hospes_channels", "0007_tellings")]
    operations = [
        migrations.CreateModel(
            name="ChatDevice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("token_until", models.DateTimeField()),
                (
                    "visitor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="devices",
                        to="hospes_channels.chatvisitor",
                    ),
                ),
            ],
        ),
        migrations.AlterField("chatvisitor", "token_hash", models.CharField(max_length=64, default="")),
        migrations.RunSQL(COPY, BACK),
        migrations.RemoveField("chatvisitor", "token_hash"),
        migrations.AddIndex(
            "chatvisitor",
            models.Index(F("inbox"), F("subject"), name="chat_subject", condition=~Q(subject="")),
        ),
    ]
