"""The desk's pages of workflows: running them beside the talk, editing them, looking at their figures."""
