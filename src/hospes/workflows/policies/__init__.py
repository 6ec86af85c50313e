"""Pure decisions of the workflows room, by topic: definitions, their check, texts, answers, moves, outlines."""
