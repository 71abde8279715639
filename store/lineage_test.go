package store

import (
	"database/sql"
	"testing"

	"unmeet/calendars"
)

// lineages returns the lineage of each meeting by UID.
func (db *DB) lineages(t testing.TB) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	err := each(t.Context(), db.read, `SELECT m.uid, l.id FROM meeting m JOIN lineage l ON l.id = m.lineage_id`, func(rows *sql.Rows) error {
		var uid string
		var id int64
		err := rows.Scan(&uid, &id)
		all[uid] = id
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSplitsAreOneLineage(t *testing.T) {
	base := event("sync", weekly, "ann", "bob")
	first, second := event("sync_R1", weekly, "ann", "bob"), event("sync_R2", weekly, "ann", "bob")
	first.SplitFrom, second.SplitFrom = "sync", "sync"
	other := event("other", weekly, "ann", "bob")
	namesake := event("sync_R3", weekly, "ann", "bob")
	namesake.SplitFrom, namesake.Organizer.Address = "sync", "eve@other.example"
	for name, order := range map[string][][]calendars.Copy{
		"at once":         {{base, first, second, other, namesake}},
		"the base first":  {{other, base}, {first}, {namesake, second}},
		"the base last":   {{second, other}, {first, namesake}, {base}},
		"one in between":  {{second}, {base, other}, {first, namesake}},
		"in another's":    {{base, other}, {}, {first, second, namesake}},
		"together, later": {{other}, {namesake}, {base, first, second}},
	} {
		db := openFile(t)
		owners := []string{"ann", "bob", "cid"}
		for i, copies := range order {
			db.apply(t, db.calendar(t, owners[i]), full(copies...))
		}
		l := db.lineages(t)
		if len(l) != 5 || l["sync"] != l["sync_R1"] || l["sync"] != l["sync_R2"] || l["sync"] == l["other"] || l["sync"] == l["sync_R3"] || l["other"] == l["sync_R3"] {
			t.Errorf("%s: %v", name, l)
		}
		var rows int
		if err := db.read.QueryRow(`SELECT COUNT(*) FROM lineage`).Scan(&rows); err != nil || rows != 3 {
			t.Errorf("%s: %d lineages are kept, %v", name, rows, err)
		}
	}
}
