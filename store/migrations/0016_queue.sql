-- Each time that a mail is taken to be sent, those that are not to be sent any more are
-- looked for: that must not read all that wait.
CREATE INDEX mail_deadline ON mail (deadline_s) WHERE state = 'queued';
CREATE INDEX mail_unsure ON mail (unsure) WHERE state = 'queued';
CREATE INDEX mail_recipient ON mail (lower(recipient)) WHERE state = 'queued';
