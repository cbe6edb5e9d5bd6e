/* sql_verify: statements of the table in sql.h. */
#ifndef TK_DATA_POSTGRES_SQL_VERIFY_H
#define TK_DATA_POSTGRES_SQL_VERIFY_H

/* clang-format off */
#define PG_SQL_VERIFY(X)
/* clang-format on */

#endif
