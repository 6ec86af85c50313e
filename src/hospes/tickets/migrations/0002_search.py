"""The word index of messages."""

from django.db import migrations

INDEX = "CREATE INDEX message_search_words ON tickets_message_search USING gin (doc);"
BY_TICKET = "CREATE INDEX message_search_ticket ON tickets_message_search (ticket_id);"
STATISTICS = "ALTER TABLE tickets_message_search ALTER COLUMN doc SET STATISTICS 1000;"


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [
        migrations.RunSQL(INDEX, "DROP INDEX message_search_words;"),
        migrations.RunSQL(BY_TICKET, "DROP INDEX message_search_ticket;"),
        migrations.RunSQL(STATISTICS, migrations.RunSQL.noop),
    ]
