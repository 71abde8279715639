"""Count the occurrences of a calendar within a year, as icalendar and
recurring-ical-events see them: occurrences.py FILE FROM TO"""

import datetime
import sys

import icalendar
import recurring_ical_events

path, first, last = sys.argv[1:]
with open(path, "rb") as file:
    calendar = icalendar.Calendar.from_ical(file.read())
events = recurring_ical_events.of(calendar).between(
    datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))
print(len(events))
