/* schema: the tables of the SQLite engine and the numbered steps that make and upgrade them. */
#ifndef TK_DATA_SQLITE_SCHEMA_H
#define TK_DATA_SQLITE_SCHEMA_H

#define SCHEMA_APPLICATION_ID 0x544B5459 /* "TKTY" */

/* steps[i] brings version i to i + 1. */
extern const char *const schema_steps[];
extern const int schema_version; /* the newest */

#endif
