/* schema: the tables of the SQLite engine and the numbered steps that make and upgrade them. */
#ifndef TK_DATA_SQLITE_SCHEMA_H
#define TK_DATA_SQLITE_SCHEMA_H

#define SCHEMA_APPLICATION_ID 0x544B5459 /* "TKTY" */

#define SCHEMA_MIRROR 4 /* the first version that knows tills' copies */
#define SCHEMA_HEADS 6 /* the first version that keeps heads of journals */
/* What keeps the journal's entries: only a copy into this file that was never finished lifts it. */
#define SCHEMA_JOURNAL_KEEP                                                                        \
    "CREATE TRIGGER journal_keep_delete BEFORE DELETE ON journal"                                  \
    " BEGIN SELECT raise(ABORT, 'the journal is never changed'); END;"
#define SCHEMA_JOURNAL_LIFT "DROP TRIGGER journal_keep_delete;"

/* steps[i] brings version i to i + 1. */
extern const char *const schema_steps[];
extern const int schema_version; /* the newest */

#endif
