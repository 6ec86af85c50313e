"""Wakes workers at commit when a run waits for an address to be called."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER hospes_workflow_call_wake AFTER INSERT ON workflows_call
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'workflow_calls');
"""
BACK = "DROP TRIGGER hospes_workflow_call_wake ON workflows_call;"


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial"), ("core", "0002_wake")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
