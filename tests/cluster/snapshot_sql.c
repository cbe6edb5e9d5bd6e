/* Rows of a query, from either kind of database. */
#include "tests/cluster/snapshot.h"

#include <sqlite3.h>
#include <unistd.h>

#include "tests/support/run.h"

#define QUERY_MS 60000
#define BUSY_MS 10000
#define COMMAND_MAX 24
#define SEPARATOR "\x1f" /* stands in none of the columns that are read */

static enum tk_code sqlite_rows(sqlite3_stmt *statement, row_taker *take, void *context)
{
    const char *columns[SQL_COLUMNS_MAX];
    int count = sqlite3_column_count(statement);
    enum tk_code code = TK_OK;

    while (!code && sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < count && i < SQL_COLUMNS_MAX; i++) {
            columns[i] = (const char *)sqlite3_column_text(statement, i);
            if (!columns[i])
                columns[i] = "";
        }
        code = take(context, columns);
    }
    return code;
}

static enum tk_code query_sqlite(const struct database *database, const char *sql, row_taker *take,
                                 void *context, struct tk_error *error)
{
    sqlite3 *file = NULL;
    sqlite3_stmt *statement = NULL;
    enum tk_code code = TK_UNAVAILABLE;

    if (sqlite3_open_v2(database->file, &file, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(file, BUSY_MS) == SQLITE_OK &&
        sqlite3_prepare_v2(file, sql, -1, &statement, NULL) == SQLITE_OK)
        code = sqlite_rows(statement, take, context);
    if (sqlite3_finalize(statement) != SQLITE_OK && !code)
        code = TK_UNAVAILABLE;
    if (code == TK_UNAVAILABLE)
        tk_fail(error, code, "The box office file cannot be read: %s.", sqlite3_errmsg(file));
    sqlite3_close(file);
    return code;
}

/* Cuts a line at its separators. */
static void cut_line(char *line, const char *columns[SQL_COLUMNS_MAX])
{
    int count = 0;

    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < SQL_COLUMNS_MAX; i++)
        columns[i] = "";
    while (line && count < SQL_COLUMNS_MAX)
        columns[count++] = strsep(&line, SEPARATOR);
}

static enum tk_code read_lines(const char *path, row_taker *take, void *context)
{
    const char *columns[SQL_COLUMNS_MAX];
    enum tk_code code = TK_OK;
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;

    if (!file)
        return TK_IO;
    while (!code && getline(&line, &size, file) > 0) {
        cut_line(line, columns);
        code = take(context, columns);
    }
    free(line);
    fclose(file);
    return code;
}

/* psql's command and our arguments. */
static void fill_command(const struct database *database, const char *sql,
                         const char *argv[COMMAND_MAX])
{
    const char *const ours[] = {"-Atq", "-F", SEPARATOR, "-v", "FETCH_COUNT=10000", "-c", sql};
    size_t count = 0;

    while (database->psql[count] && count + sizeof ours / sizeof *ours + 1 < COMMAND_MAX) {
        argv[count] = database->psql[count];
        count++;
    }
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        argv[count++] = ours[i];
    argv[count] = NULL;
}

static enum tk_code query_psql(const struct database *database, const char *sql, row_taker *take,
                               void *context, struct tk_error *error)
{
    const char *argv[COMMAND_MAX];
    char path[512];
    struct run run;
    struct run_options options = {.home = database->home,
                                  .environment = database->environment,
                                  .out_path = path,
                                  .timeout_ms = QUERY_MS};
    enum tk_code code = TK_OK;

    fill_command(database, sql, argv);
    snprintf(path, sizeof path, "%s/rows", database->home);
    run_program(&run, &options, argv);
    if (run.status != 0)
        code = tk_fail(error, TK_UNAVAILABLE, "PostgreSQL cannot be read (status %d): %.400s",
                       run.status, run.err);
    run_release(&run);
    if (!code)
        code = read_lines(path, take, context);
    unlink(path);
    return code;
}

enum tk_code database_query(const struct database *database, const char *sql, row_taker *take,
                            void *context, struct tk_error *error)
{
    return database->psql ? query_psql(database, sql, take, context, error)
                          : query_sqlite(database, sql, take, context, error);
}
