"""The toolkit as a repository from which an example's project is made."""

from tests.toolkit.project.conftest import toolkit as toolkit
