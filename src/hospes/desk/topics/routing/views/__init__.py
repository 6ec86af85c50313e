"""The screens of routing: queues, the board, offers."""
