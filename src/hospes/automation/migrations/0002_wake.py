"""Wakes workers at commit when a webhook delivery is stored."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER hospes_hook_wake AFTER INSERT ON automation_webhookdelivery
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'webhooks');
"""
BACK = "DROP TRIGGER hospes_hook_wake ON automation_webhookdelivery;"


class Migration(migrations.Migration):
    dependencies = [("automation", "0001_initial"), ("core", "0002_wake")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
