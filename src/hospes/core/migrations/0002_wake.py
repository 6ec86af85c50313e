"""Wakes workers and open screens at commit: NOTIFY from the tables themselves, so nobody can forget it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION hospes_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$;
CREATE TRIGGER hospes_event_live AFTER INSERT ON core_event
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_events', '');
CREATE TRIGGER hospes_delivery_wake AFTER INSERT ON core_event_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'outbox');
"""
BACK = "DROP FUNCTION hospes_notify() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
