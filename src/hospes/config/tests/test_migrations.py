"""Migrations that think faster make the same tables."""

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from hospes.config.quick_states import quick_states
from hospes.testing.databases import administration

EVERYTHING = """
    SELECT 'column', c.table_name, c.column_name || ' ' || c.ordinal_position,
           concat_ws(' ', c.data_type, c.character_maximum_length, c.is_nullable, c.column_default,
                     c.is_identity, c.generation_expression, c.collation_name)
      FROM information_schema.columns c WHERE c.table_schema = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function', '', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3, 4
"""


@pytest.fixture
def fresh(django_db_setup, django_db_blocker):
    """Makes the tables in an empty database, up to these migrations; tells all that the database then holds."""
    name = f"{connections['default'].settings_dict['NAME']}_fresh"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))

    def made(targets):
        connection = connections["default"].copy()
        connection.settings_dict = {**connection.settings_dict, "NAME": name}
        with administration() as server:
            server.execute(drop)
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            )
            try:
                with django_db_blocker.unblock():
                    executor = MigrationExecutor(connection)
                    executor.migrate(targets or executor.loader.graph.leaf_nodes())
                    with connection.cursor() as cursor:
                        cursor.execute(EVERYTHING)
                        return cursor.fetchall()
            finally:
                connection.close()
                server.execute(drop)

    return made


def same_both_ways(fresh, targets):
    slowly = fresh(targets)
    with quick_states():
        quickly = fresh(targets)
    assert quickly == slowly
    return {(kind, table) for kind, table, _name, _told in quickly}


def test_the_quick_way_makes_the_tables_that_djangos_own_makes(fresh):
    made = same_both_ways(fresh, [("tickets", "0003_came_with"), ("customers", "0003_channels")])
    assert {("column", "tickets_ticket"), ("index", "tickets_message"), ("constraint", "customers_customer")} <= made


@pytest.mark.long
def test_the_quick_way_makes_all_tables_that_djangos_own_makes(fresh):
    assert len(same_both_ways(fresh, None)) > 300
