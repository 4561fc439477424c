import pytest

from guiju.organisations.tests.factories import Group, make_group


@pytest.fixture
def group(db: None) -> Group:
    return make_group()
