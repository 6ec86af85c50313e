"""Files that commands take over: what a refusal says."""

import pytest

from hospes.config import routing_cli, workflows_cli
from hospes.config.folder import Refused
from hospes.config.taking import text_of
from hospes.routing.models import Queue


def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path):
    with pytest.raises(Refused, match=r"none\.yaml cannot be read: No such file"):
        text_of(str(tmp_path / "none.yaml"))
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    with pytest.raises(Refused, match=r"latin\.yaml cannot be read: .*utf-8"):
        text_of(str(tmp_path / "latin.yaml"))


@pytest.mark.django_db
@pytest.mark.parametrize("take", [routing_cli.take, workflows_cli.import_file])
def test_a_file_with_a_fault_is_refused_by_its_name_and_nothing_is_kept(tmp_path, take):
    file = tmp_path / "wrong.yaml"
    file.write_text("queues: [{name: 7, no_such: 1}]")
    with pytest.raises(Refused, match=r"wrong\.yaml: \w"):
        take(str(file))
    assert not Queue.objects.exists()
