/* sql_lists: statements of the table in sql.h. */
#ifndef TK_DATA_POSTGRES_SQL_LISTS_H
#define TK_DATA_POSTGRES_SQL_LISTS_H

/* clang-format off */
#define PG_SQL_LISTS(X)
/* clang-format on */

#endif
