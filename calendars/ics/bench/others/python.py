"""Decodes a calendar and counts the occurrences of one year with icalendar and
recurring-ical-events:
    python.py FILE FROM TO        (FROM and TO as 20260101T000000Z)
Prints "decode_s expand_s occurrences"."""
import datetime
import sys
import time

import icalendar
import recurring_ical_events


def moment(text):
    return datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)


path, begin, end = sys.argv[1:]
start = time.process_time()
with open(path, "rb") as file:
    calendar = icalendar.Calendar.from_ical(file.read())
decoded = time.process_time()
found = recurring_ical_events.of(calendar).between(moment(begin), moment(end))
print(f"{decoded - start:.4f} {time.process_time() - decoded:.4f} {len(found)}")
