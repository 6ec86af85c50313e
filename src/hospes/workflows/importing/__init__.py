"""Written procedures made into workflows: what can be turned into steps and branches is, the rest stays readable."""

from hospes.workflows.importing.procedures import Imported, read_procedures

__all__ = ["Imported", "read_procedures"]
