-- A verdict is kept only on what is there to be judged.
CREATE INDEX subject_hash ON subject (hash);
