package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// neverNames are tables without people's addresses, or whose addresses are ours to
// read calendars by, or that are dealt with on their own.
var neverNames = []string{"copy", "connection", "collection", "address", "attendance", "forgotten", "outcome", "look", "audit", "audit_about", "pending"}

// eraseTexts replaces the addresses of whoever is forgotten in every text of every
// other table, whatever tables there will be. It returns in how many rows.
func eraseTexts(ctx context.Context, tx *sql.Tx, e *eraser, addresses []string) (n int, err error) {
	type column struct{ table, name string }
	var columns []column
	err = each(ctx, tx, `SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND (c.type = 'TEXT' OR c.name = 'snapshot') ORDER BY t.name, c.cid`, func(rows *sql.Rows) error {
		var c column
		err := rows.Scan(&c.table, &c.name)
		if !slices.Contains(neverNames, c.table) {
			columns = append(columns, c)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, c := range columns {
		type row struct {
			id   int64
			text string
		}
		var changed []row
		for _, address := range addresses {
			err := each(ctx, tx, `SELECT rowid, CAST(`+c.name+` AS TEXT) FROM `+c.table+` WHERE instr(lower(replace(CAST(`+c.name+` AS TEXT), '\u0026', '&')), $1) > 0`, func(rows *sql.Rows) error {
				var r row
				err := rows.Scan(&r.id, &r.text)
				if text := e.text(r.text); text != r.text {
					changed = append(changed, row{r.id, text})
				}
				return err
			}, address)
			if err != nil {
				return n, err
			}
		}
		for _, r := range changed {
			var value any = r.text
			if c.name == "snapshot" {
				value = []byte(r.text)
			}
			if _, err := tx.ExecContext(ctx, `UPDATE OR IGNORE `+c.table+` SET `+c.name+` = $2 WHERE rowid = $1`, r.id, value); err != nil {
				return n, err
			}
			n++
		}
	}
	for _, address := range addresses { // what is there under the other name already
		for _, table := range []string{"withdrawn", "dated"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE organizer = $1`, address); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// eraseNames takes the names of organizers who are forgotten out of what was suggested
// to others about meetings of theirs, and notes that were to go to them.
func eraseNames(ctx context.Context, tx *sql.Tx) error {
	const theirs = ` WHERE organizer LIKE '%` + forgottenDomain + `'`
	if _, err := tx.ExecContext(ctx, `UPDATE suggestion SET note = ''`+theirs); err != nil {
		return err
	}
	for _, in := range []struct {
		table, column, where string
		blank                func(map[string]any)
	}{
		{"suggestion", "snapshot", theirs, func(shot map[string]any) {
			delete(shot, "note")
			if organizer, ok := shot["organizer"].(map[string]any); ok {
				delete(organizer, "name")
			}
		}},
		{"action", "intent", ` WHERE suggestion_id IN (SELECT id FROM suggestion` + theirs + `)`, func(intent map[string]any) { delete(intent, "note") }},
	} {
		texts := map[int64][]byte{}
		err := each(ctx, tx, `SELECT rowid, `+in.column+` FROM `+in.table+in.where, func(rows *sql.Rows) error {
			var id int64
			var text []byte
			if err := rows.Scan(&id, &text); err != nil {
				return err
			}
			var object map[string]any
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.UseNumber()
			if decoder.Decode(&object) != nil {
				return nil // says nothing any more
			}
			in.blank(object)
			blanked, err := json.Marshal(object)
			texts[id] = blanked
			return err
		})
		if err != nil {
			return err
		}
		for id, text := range texts {
			var value any = string(text)
			if in.column == "snapshot" {
				value = text
			}
			if _, err := tx.ExecContext(ctx, `UPDATE `+in.table+` SET `+in.column+` = $2 WHERE rowid = $1`, id, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// scrubPatience is how long erased words may stay in the write-ahead log because
// somebody reads.
const scrubPatience = 20 * time.Second

// scrubWholly empties the write-ahead log, and waits for those who read.
func (db *DB) scrubWholly(ctx context.Context) error {
	for end := time.Now().Add(scrubPatience); ; {
		var busy, pages, moved int
		err := db.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
		if err != nil {
			return fmt.Errorf("empty the write-ahead log: %w", err)
		}
		if busy == 0 {
			return nil
		}
		if time.Now().After(end) {
			return errors.New("empty the write-ahead log: somebody reads the database all the time; the daemon empties it later")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
