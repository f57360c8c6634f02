"""The house rules of DESIGN.md hold in the whole production code, and each rule can tell a bad file from a good one."""

import pytest

from tests.architecture.code_rules import (
    CODE_RULES,
    files_are_short,
    functions_are_short,
    no_time_is_naive,
    one_place_commits,
    one_place_reads_the_clock,
    public_things_are_explained,
    rules_ask_nobody,
)
from tests.architecture.import_rules import (
    IMPORT_RULES,
    SLICES,
    actions_and_queries_know_no_web,
    foundations_know_only_models,
    kits_are_for_pages_and_endpoints,
    models_import_only_models,
    printers_stand_alone,
    queries_change_nothing,
    rooms_are_known,
    rules_are_pure,
    slices_import_downwards,
    slices_share_only_the_named_files,
)
from tests.architecture.source import module, modules

LONG_BODY = "    pass\n" * 60
S = "specimen_service"
BAD = [
    (rooms_are_known, f"{S}.utils.helpers", ""),
    (rooms_are_known, f"{S}.helpers", ""),
    (slices_import_downwards, f"{S}.custody.actions", f"from {S}.labels.actions import void_label"),
    (slices_import_downwards, f"{S}.custody.actions", f"from {S}.labels import actions"),
    (slices_import_downwards, f"{S}.custody.actions", f"import {S}.labels.actions"),
    (slices_import_downwards, f"{S}.custody.actions", "from ..labels.actions import void_label"),
    (slices_import_downwards, f"{S}.custody.actions", f"def f():\n    from {S}.pending import queries"),
    (slices_import_downwards, f"{S}.pending.pages", f"from {S}.app import create_app"),
    (slices_import_downwards, f"{S}.interop.api", f"from {S}.cli import main"),
    (slices_share_only_the_named_files, f"{S}.labels.actions", f"from {S}.custody.chain import seal"),
    (slices_share_only_the_named_files, f"{S}.labels.actions", f"import {S}.custody"),
    (slices_share_only_the_named_files, f"{S}.web.kit", f"from {S}.accounts.rules import barred"),
    (foundations_know_only_models, f"{S}.kernel.db", f"from {S}.audit.model import Actor"),
    (foundations_know_only_models, f"{S}.kernel.db", f"from {S}.settings import Settings"),
    (foundations_know_only_models, f"{S}.web.kit", f"from {S}.accounts.queries import person"),
    (foundations_know_only_models, f"{S}.api.kit", f"from {S}.web.kit import Visit"),
    (foundations_know_only_models, f"{S}.settings", f"from {S}.labels.actions import stocks"),
    (foundations_know_only_models, f"{S}.telemetry", f"from {S}.audit.model import Actor"),
    (kits_are_for_pages_and_endpoints, f"{S}.labels.actions", f"from {S}.api.kit import Call"),
    (kits_are_for_pages_and_endpoints, f"{S}.kernel.db", f"from {S}.web.kit import Visit"),
    (models_import_only_models, f"{S}.labels.model", f"from {S}.specimens.queries import resolve"),
    (queries_change_nothing, f"{S}.labels.queries", f"from {S}.labels.actions import void_label"),
    (rules_are_pure, f"{S}.custody.rules", "from sqlalchemy import select"),
    (rules_are_pure, f"{S}.custody.chain", "import sqlalchemy.orm as orm"),
    (rules_are_pure, f"{S}.custody.limits", "def f():\n    from flask import request"),
    (queries_change_nothing, f"{S}.labels.page_queries", f"from {S}.labels.actions import void_label"),
    (rules_are_pure, f"{S}.custody.rules", f"from {S}.custody.actions import append_event"),
    (actions_and_queries_know_no_web, f"{S}.custody.actions", "from flask import request"),
    (actions_and_queries_know_no_web, f"{S}.custody.queries", "import werkzeug.exceptions"),
    (actions_and_queries_know_no_web, f"{S}.labels.ledger", "import flask"),
    (printers_stand_alone, "printers.spool", f"from {S}.kernel.clock import utc_now"),
    (printers_stand_alone, "printers.spool", "import sqlalchemy"),
    (printers_stand_alone, f"{S}.custody.actions", "from printers.label import Label"),
    (printers_stand_alone, f"{S}.app", "import printers"),
    (files_are_short, f"{S}.labels.rules", "x = 1\n" * 401),
    (functions_are_short, f"{S}.labels.rules", f"def f():\n{LONG_BODY}"),
    (functions_are_short, f"{S}.labels.rules", f"class C:\n  async def f(self):\n{LONG_BODY}"),
    (public_things_are_explained, f"{S}.labels.rules", "x = 1"),
    (public_things_are_explained, f"{S}.labels.rules", '"""No full stop"""'),
    (public_things_are_explained, f"{S}.labels.rules", '"""A sentence."""\nclass C:\n  pass'),
    (
        public_things_are_explained,
        f"{S}.labels.rules",
        '"""A sentence."""\nclass C:\n  """One."""\n  def f(self): pass',
    ),
    (public_things_are_explained, f"{S}.labels.rules", '"""A sentence."""\nasync def f(): pass'),
    (public_things_are_explained, "migrations.versions.0001_first", ""),
    (one_place_commits, f"{S}.labels.actions", "def f(session):\n    session.commit()"),
    (one_place_commits, "printers.spool", "database.session().commit()"),
    (no_time_is_naive, f"{S}.labels.actions", "from datetime import datetime\ndatetime.now()"),
    (no_time_is_naive, "printers.spool", "import datetime\ndatetime.datetime.utcnow()"),
    (no_time_is_naive, "printers.spool", "from datetime import date\ndate.today()"),
    (one_place_reads_the_clock, f"{S}.labels.actions", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    (rules_ask_nobody, f"{S}.pending.rules", "import time"),
    (rules_ask_nobody, f"{S}.pending.rules", "from random import choice"),
    (rules_ask_nobody, f"{S}.pending.rules", "from os import environ"),
    (rules_ask_nobody, f"{S}.pending.rules", f"from {S}.kernel.clock import utc_now"),
]
GOOD = [
    (f"{S}.labels.actions", f"from {S}.custody.actions import append_event\nfrom {S}.labels.rules import fits"),
    (
        f"{S}.labels.rules",
        f"from {S}.kernel.clock import day\nfrom {S}.specimens.model import Status\nimport printers.label",
    ),
    (
        f"{S}.labels.pages",
        f"from flask import redirect\nfrom {S}.web.kit import Visit\nfrom {S}.labels.queries import jobs",
    ),
    (f"{S}.web.live", f"from {S}.audit.actions import record_look"),
    (f"{S}.labels.page_queries", f"from sqlalchemy import select\nfrom {S}.specimens.model import Specimen"),
    (f"{S}.web.kit", f"from {S}.accounts.model import Role\nfrom {S}.settings import Settings"),
    (f"{S}.app", f"from {S}.labels.pages import pages\nfrom {S}.web.kit import register_pages"),
    (
        f"{S}.cli.spool",
        f"from {S}.app import create_app\nfrom {S}.labels.ledger import Ledger\nfrom printers.spool import Spooler",
    ),
    (f"{S}.kernel.clock", "from datetime import UTC, datetime\ndef _now():\n    return datetime.now(UTC)"),
    (f"{S}.kernel.db", "def _end(session):\n    session.commit()"),
    ("printers.spool", "import time\nfrom printers.printer import Printer"),
    ("migrations.versions.0001_first", "def upgrade(): pass"),
]
RULES = [*IMPORT_RULES, *CODE_RULES]


def said(rule):
    return rule.__name__


@pytest.mark.parametrize("rule", RULES, ids=said)
def test_the_production_code_keeps_the_rule(rule):
    assert [fault for one in modules() for fault in rule(one)] == []


@pytest.mark.parametrize(("rule", "name", "text"), BAD)
def test_a_rule_notices_a_bad_file(rule, name, text):
    assert list(rule(module(name, text)))


@pytest.mark.parametrize(("name", "text"), GOOD)
def test_a_good_file_breaks_no_rule(name, text):
    explained = module(name, f'"""What it is for."""\n{text}\n')
    assert [fault for rule in RULES for fault in rule(explained)] == []


def test_every_rule_has_a_bad_file_to_notice():
    assert {rule for rule, _, _ in BAD} == set(RULES)


def test_the_production_code_is_all_there():
    names = {one.name for one in modules()}
    assert {"specimen_service.kernel.db", "printers.label", "migrations.env", "specimen_service.app"} <= names
    assert {one.room for one in modules()} & set(SLICES) >= {"audit", "specimens", "custody"}
