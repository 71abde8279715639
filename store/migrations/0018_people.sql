-- Whose calendars those are, and what addresses somebody has, is asked of each person:
-- that must not read everybody's.
CREATE INDEX address_person ON address (person_id);
CREATE INDEX connection_of ON connection (owner);
