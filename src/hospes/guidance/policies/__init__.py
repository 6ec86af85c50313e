"""Pure decisions of the guidance room: reading signs, ranking answers, the way of a refusal."""
