"""The word index of messages, and the built-in status of each category."""

from django.db import migrations

INDEX = "CREATE INDEX message_search_words ON tickets_message_search USING gin (doc);"
BY_TICKET = "CREATE INDEX message_search_ticket ON tickets_message_search (ticket_id);"
STATISTICS = "ALTER TABLE tickets_message_search ALTER COLUMN doc SET STATISTICS 1000;"


def add_statuses(apps, schema_editor):
    status = apps.get_model("tickets", "Status")
    for position, category in enumerate(["new", "open", "waiting", "on_hold", "solved", "closed"]):
        status.objects.get_or_create(category=category, builtin=True, defaults={"position": position})


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [
        migrations.RunSQL(INDEX, "DROP INDEX message_search_words;"),
        migrations.RunSQL(BY_TICKET, "DROP INDEX message_search_ticket;"),
        migrations.RunSQL(STATISTICS, migrations.RunSQL.noop),
        migrations.RunPython(add_statuses, migrations.RunPython.noop),
    ]
