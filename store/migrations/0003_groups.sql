-- The group of a directory by which somebody is read for under delegation, so that
-- reading ends when they leave it; '' for all who connected or were named.
ALTER TABLE connection ADD COLUMN via_group TEXT NOT NULL DEFAULT '';
