/* sql_tills: statements of the table in sql.h. */
#ifndef TK_DATA_POSTGRES_SQL_TILLS_H
#define TK_DATA_POSTGRES_SQL_TILLS_H

/* clang-format off */
#define PG_SQL_TILLS(X)
/* clang-format on */

#endif
