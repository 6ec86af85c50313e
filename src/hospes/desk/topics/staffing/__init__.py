"""Who is here and who can be reached: presence, skills, shifts, absences, on call."""

from hospes.desk.topics import Topic

TOPIC = Topic()
