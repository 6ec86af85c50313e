"""Wakes workers at commit when somebody is to be told of an incident."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER hospes_telling_wake AFTER INSERT ON incidents_telling
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'incident_updates');
"""
BACK = "DROP TRIGGER hospes_telling_wake ON incidents_telling;"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial"), ("core", "0002_wake")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
