/*
 * params: the parameters of a statement in the binary form of PostgreSQL's protocol.
 *
 * Source: what the types' receive functions read (src/backend/utils/adt: int8recv, textrecv, bytearecv,
 * array_recv): integers big-endian; an array is its number of dimensions, whether it has NULLs, the type's OID,
 * length and lower bound, then each value with its length before it (-1: NULL).
 */
#ifndef TK_DATA_POSTGRES_PARAMS_H
#define TK_DATA_POSTGRES_PARAMS_H

#include "core/buffer.h"

#define PG_PARAMS_MAX 24

struct pg_params {
    struct buffer bytes;
    int count;
    size_t offsets[PG_PARAMS_MAX];
    int lengths[PG_PARAMS_MAX];
};

void params_init(struct pg_params *params);
void params_release(struct pg_params *params);
void params_clear(struct pg_params *params);
/* Makes each byte that is not of UTF-8 a '?': the server takes no other text. What is kept is clean anyway; what is
   refused for not being so is looked up, and told in the journal. */
void pg_repair_text(char *text);
/* Whether everything that was put is there: false when memory ran out. */
bool params_good(const struct pg_params *params);
void params_number(struct pg_params *params, int64_t number);
void params_text(struct pg_params *params, const char *text);
void params_bytes(struct pg_params *params, const void *data, size_t size);

/* Rows for unnest: one array for each column, filled row by row. */
struct pg_rows {
    char types[PG_PARAMS_MAX + 1]; /* of the columns: n number, t text, b bytes */
    int columns, at;               /* at: which comes next */
    int32_t count;                 /* values in the column that comes next */
    bool has_null[PG_PARAMS_MAX];
    struct buffer data[PG_PARAMS_MAX];
};

void rows_init(struct pg_rows *rows);
void rows_release(struct pg_rows *rows);
/* Empty, with columns of these types. */
void rows_begin(struct pg_rows *rows, const char *types);
/* The next column's value; after the last column comes the first one of the next row. */
void rows_number(struct pg_rows *rows, int64_t number);
/* NULL for 0 */
void rows_number_or_null(struct pg_rows *rows, int64_t number);
void rows_text(struct pg_rows *rows, const char *text);
void rows_bytes(struct pg_rows *rows, const void *data, size_t size);
/* How many whole rows. */
int32_t rows_count(const struct pg_rows *rows);
/* Puts the columns as parameters. */
void rows_put(const struct pg_rows *rows, struct pg_params *params);

#endif
