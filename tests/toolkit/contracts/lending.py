"""The schemas of the lending project, which the tests of examples and of the registry run over."""

from ensemble.contracts.loading import load_schemas
from tests.conftest import LENDING

SCHEMAS = load_schemas(LENDING / "schemas")
