"""Views of the topic staffing, by what they show."""
