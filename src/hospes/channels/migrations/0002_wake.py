"""Wakes workers at commit when a raw message or a delivery is stored."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER hospes_raw_wake AFTER INSERT ON hospes_channels_rawmessage
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'raw');
CREATE TRIGGER hospes_outgoing_wake AFTER INSERT ON hospes_channels_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'deliveries');
"""
BACK = """
DROP TRIGGER hospes_raw_wake ON hospes_channels_rawmessage;
DROP TRIGGER hospes_outgoing_wake ON hospes_channels_delivery;
"""


class Migration(migrations.Migration):
    dependencies = [("hospes_channels", "0001_initial"), ("core", "0002_wake")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
