"""How an inbox answers calls, and what the provider is to do; wakes workers at commit."""

import django.db.models.deletion
from django.db import migrations, models


FORWARD = """
CREATE TRIGGER hospes_call_order_wake AFTER INSERT ON calls_callorder
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'call_orders');
CREATE TRIGGER hospes_callback_wake AFTER INSERT OR UPDATE OF next_try_at ON calls_callback
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'callbacks');
"""
BACK = """
DROP TRIGGER hospes_call_order_wake ON calls_callorder;
DROP TRIGGER hospes_callback_wake ON calls_callback;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_wake'),
        ('calls', '0002_links'),
        ('sla', '0001_initial'),
        ('tickets', '0007_channels'),
    ]

    operations = [
        migrations.CreateModel(
            name='CallOrder',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('what', models.CharField(max_length=10)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField()),
                ('words', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField()),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='calls.call')),
                ('part', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='calls.callpart')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(models.F('next_try_at'), models.F('id'), condition=models.Q(('state', 'waiting')), name='call_order_due')],
            },
        ),
        migrations.CreateModel(
            name='PhoneSetup',
            fields=[
                ('inbox', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='phone', serialize=False, to='tickets.inbox')),
                ('menu', models.JSONField(blank=True, default=dict)),
                ('extensions', models.JSONField(blank=True, default=list)),
                ('texts', models.JSONField(blank=True, default=dict)),
                ('audio', models.JSONField(blank=True, default=dict)),
                ('closed', models.CharField(choices=[('voicemail', 'Take a message'), ('callback', 'Offer a call back')], default='voicemail', max_length=10)),
                ('record', models.BooleanField(default=False)),
                ('ring_seconds', models.PositiveSmallIntegerField(default=20)),
                ('voicemail_seconds', models.PositiveSmallIntegerField(default=120)),
                ('offer_callback', models.BooleanField(default=True)),
                ('callback_minutes', models.PositiveSmallIntegerField(default=60)),
                ('countries', models.JSONField(blank=True, default=list)),
                ('calendar', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sla.calendar')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ring_seconds__gte', 5), ('ring_seconds__lte', 60)), name='ring_5_to_60_s')],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
