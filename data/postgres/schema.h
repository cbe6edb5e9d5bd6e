/* schema: the tables, as numbered steps. */
#ifndef TK_DATA_POSTGRES_SCHEMA_H
#define TK_DATA_POSTGRES_SCHEMA_H

/* What brings version n to n + 1: statements up to a NULL. */
extern const char *const *const pg_schema_steps[];
extern const int pg_schema_version;

#endif
