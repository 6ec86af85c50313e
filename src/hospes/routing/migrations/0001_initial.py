"""Queues, routing entries, loads, assignments; and what wakes the worker."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FORWARD = """
CREATE TRIGGER hospes_routing_wake AFTER INSERT ON routing_nudge
    FOR EACH STATEMENT EXECUTE FUNCTION hospes_notify('hospes_wake', 'routing');
INSERT INTO routing_queueset (id, mark) VALUES (1, 'first');
"""
BACK = """
DROP TRIGGER hospes_routing_wake ON routing_nudge;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0002_merged_via'),
        ('core', '0002_wake'),
        ('staff', '0002_state'),
        ('tickets', '0005_due_times'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AgentLoad',
            fields=[
                ('agent', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='load', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('units', models.PositiveIntegerField(default=0)),
                ('channels', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Queue',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('position', models.PositiveIntegerField(default=0)),
                ('conditions', models.JSONField(blank=True, default=dict)),
                ('strategy', models.CharField(choices=[('round_robin', 'In turn'), ('least_load', 'Whoever has the least to do'), ('best_skill', 'Whoever knows most about it'), ('sticky', 'Whoever helped this customer last')], default='least_load', max_length=12)),
                ('sticky_days', models.PositiveSmallIntegerField(default=0)),
                ('skills', models.JSONField(blank=True, default=list)),
                ('match_language', models.CharField(choices=[('required', 'Only people who speak the customer’s language'), ('preferred', 'First people who speak the customer’s language'), ('no', 'The language does not matter')], default='preferred', max_length=10)),
                ('channels', models.JSONField(blank=True, default=list)),
                ('tier', models.PositiveSmallIntegerField(null=True)),
                ('boost', models.PositiveSmallIntegerField(default=0)),
                ('overflow', models.JSONField(blank=True, default=list)),
                ('offer', models.BooleanField(default=False)),
                ('offer_seconds', models.PositiveSmallIntegerField(default=30)),
                ('grace_seconds', models.PositiveIntegerField(default=900, null=True)),
                ('active', models.BooleanField(default=True)),
                ('archived_at', models.DateTimeField(null=True)),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='staff.team')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AssignmentRecord',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('waited_seconds', models.PositiveIntegerField(default=0)),
                ('how', models.CharField(max_length=10)),
                ('reason', models.JSONField(blank=True, default=dict)),
                ('back_at', models.DateTimeField(null=True)),
                ('back_why', models.CharField(blank=True, max_length=20)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='tickets.ticket')),
                ('queue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.queue')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='QueueSet',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('mark', models.CharField(max_length=40)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_queue_set')],
            },
        ),
        migrations.CreateModel(
            name='QueueTurn',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('turn', models.BigIntegerField(default=0)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('queue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='turns', to='routing.queue')),
            ],
        ),
        migrations.CreateModel(
            name='RoutingEntry',
            fields=[
                ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='routing', serialize=False, to='tickets.ticket')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('offered', 'Offered'), ('assigned', 'Assigned'), ('left', 'Left')], default='left', max_length=8)),
                ('units', models.PositiveSmallIntegerField(default=0)),
                ('by_hand', models.BooleanField(default=False)),
                ('team_by_hand', models.BooleanField(default=False)),
                ('channel', models.CharField(blank=True, max_length=20)),
                ('needs', models.CharField(blank=True, max_length=8)),
                ('step', models.PositiveSmallIntegerField(default=0)),
                ('entered_at', models.DateTimeField(null=True)),
                ('rank_at', models.DateTimeField(null=True)),
                ('overflowed', models.BooleanField(default=False)),
                ('offer_ends_at', models.DateTimeField(null=True)),
                ('ask_again_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('declined', models.JSONField(blank=True, default=list)),
                ('why', models.JSONField(blank=True, default=dict)),
                ('next_at', models.DateTimeField(null=True)),
                ('looked_at', models.DateTimeField(null=True)),
                ('agent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('previous', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('queue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='routing.queue')),
            ],
            options={
                'verbose_name_plural': 'routing entries',
            },
        ),
        migrations.CreateModel(
            name='Nudge',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('team_by_hand', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('cause_id', models.BigIntegerField(null=True)),
                ('depth', models.PositiveSmallIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('agent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket')),
            ],
            options={
                'indexes': [models.Index(models.F('at'), models.F('id'), name='nudge_due'), models.Index(models.F('ticket'), name='nudge_ticket'), models.Index(models.F('made_at'), name='nudge_made')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ticket', None), ('agent', None), _connector='XOR'), name='nudge_about_one_thing')],
            },
        ),
        migrations.AddConstraint(
            model_name='queue',
            constraint=models.UniqueConstraint(condition=models.Q(('archived_at', None)), fields=('name',), name='queue_name_once'),
        ),
        migrations.AddConstraint(
            model_name='queue',
            constraint=models.CheckConstraint(condition=models.Q(('offer_seconds__gte', 5)), name='queue_offer_long_enough'),
        ),
        migrations.AddIndex(
            model_name='assignmentrecord',
            index=models.Index(models.F('ticket'), models.OrderBy(models.F('id'), descending=True), name='assignment_ticket'),
        ),
        migrations.AddIndex(
            model_name='assignmentrecord',
            index=models.Index(models.F('customer'), models.OrderBy(models.F('id'), descending=True), name='assignment_customer'),
        ),
        migrations.AddIndex(
            model_name='assignmentrecord',
            index=models.Index(models.F('at'), name='assignment_at'),
        ),
        migrations.AddConstraint(
            model_name='queueturn',
            constraint=models.UniqueConstraint(fields=('queue', 'agent'), name='one_turn_a_queue'),
        ),
        migrations.AddIndex(
            model_name='routingentry',
            index=models.Index(models.F('next_at'), condition=models.Q(('next_at__isnull', False)), name='routing_next'),
        ),
        migrations.AddIndex(
            model_name='routingentry',
            index=models.Index(models.F('looked_at'), condition=models.Q(('next_at__isnull', False)), name='routing_looked'),
        ),
        migrations.AddIndex(
            model_name='routingentry',
            index=models.Index(models.F('queue'), models.F('needs'), models.F('rank_at'), models.F('ticket'), condition=models.Q(('state', 'waiting')), name='routing_line'),
        ),
        migrations.AddIndex(
            model_name='routingentry',
            index=models.Index(models.F('agent'), models.F('ticket'), condition=models.Q(('state__in', ['offered', 'assigned'])), name='routing_agent'),
        ),
        migrations.AddIndex(
            model_name='queueturn',
            index=models.Index(models.F('queue'), models.OrderBy(models.F('turn'), descending=True), name='turn_last'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
