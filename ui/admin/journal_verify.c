/* journal verify: whether the journal is what was written. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/journal.h"
#include "ui/admin/command.h"

#define PAGE 2000
#define SEAL_PAGE 1000
#define HEAD_DIGITS_MIN 16 /* as many as a shift report has */

struct verifying {
    struct call *call;
    struct box_office *office;
    struct journal_check *check;
    struct store_facts facts;
    bool signed_for; /* the house's key is known */
    uint8_t key[CRYPTO_PUBLIC_KEY_SIZE];
    int64_t kept; /* seals beside the key file */
};

/* --- what it is held against --- */

/* The house's public key: from the key file, or as it was given. */
static enum tk_code find_key(struct verifying *v, struct tk_error *error)
{
    struct crypto_key root = session_site_key(v->call->session), seed;
    const char *given = v->call->values[OPT_KEY];
    uint8_t key[CRYPTO_PUBLIC_KEY_SIZE];
    static const struct crypto_key none;

    if (given && !hex_parse(key, sizeof key, given))
        return tk_fail(error, TK_USAGE,
                       "The key of --key is %d hexadecimal digits, as journal verify "
                       "tells it where the key file is.",
                       2 * CRYPTO_PUBLIC_KEY_SIZE);
    if (!crypto_equal(&root, &none, sizeof root)) {
        seed = seal_seed(&root);
        crypto_ed25519_key(v->key, &seed);
        crypto_wipe(&seed, sizeof seed);
        v->signed_for = true;
    }
    crypto_wipe(&root, sizeof root);
    if (given && v->signed_for && memcmp(key, v->key, sizeof key) != 0)
        return tk_fail(error, TK_NOT_VERIFIED,
                       "The key file here is not that of the house that --key names.");
    if (given)
        memcpy(v->key, key, sizeof key);
    v->signed_for |= given != NULL;
    return TK_OK;
}

static enum tk_code add_record(struct verifying *v, const struct record *record,
                               struct tk_error *error)
{
    struct seal seal;
    char key[RECORD_KEY_SIZE];
    enum tk_code code = seal_read(record, &seal);

    if (!code) {
        seal_key(key, seal.writer, seal.entries);
        code =
            strcmp(key, record->key) == 0 ? journal_check_seal(v->check, &seal, false) : TK_CORRUPT;
    }
    if (code == TK_CORRUPT)
        return tk_fail(error, code, "The seal %.60s cannot be understood: it was changed.",
                       record->key);
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* All that the box office has. */
static enum tk_code read_seals(struct verifying *v, struct tk_error *error)
{
    char after[RECORD_KEY_SIZE] = "";
    struct record_query query = {.prefix = SEAL_PREFIX, .limit = SEAL_PAGE};
    struct record_list page = {0};
    enum tk_code code;
    size_t found;

    do {
        query.after_key = after[0] ? after : NULL;
        code = office_records(v->office, &query, &page, error);
        found = code ? 0 : page.count;
        for (size_t i = 0; !code && i < found; i++)
            code = add_record(v, &page.items[i], error);
        if (found)
            memcpy(after, page.items[found - 1].key, sizeof after);
        record_list_release(&page);
    } while (!code && found == SEAL_PAGE);
    return code;
}

static enum tk_code read_kept(struct verifying *v, struct tk_error *error)
{
    struct seal_list list = {0};
    enum tk_code code = session_kept_seals(v->call->session, v->facts.uuid, &list, error);

    for (size_t i = 0; !code && i < list.count; i++)
        if (journal_check_seal(v->check, &list.items[i], true))
            code = tk_fail_code(error, TK_NO_MEMORY);
    v->kept = (int64_t)list.count;
    seal_list_release(&list);
    return code;
}

/* As it is printed: its first digits may do, and spaces between them are nothing. */
static bool parse_head(const char *text, uint8_t head[CRYPTO_HASH_SIZE], size_t *digits)
{
    char hex[2 * CRYPTO_HASH_SIZE + 1];

    *digits = 0;
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (*digits == sizeof hex - 1)
            return false;
        hex[(*digits)++] = *text;
    }
    memset(hex + *digits, '0', sizeof hex - 1 - *digits);
    hex[sizeof hex - 1] = '\0';
    return *digits >= HEAD_DIGITS_MIN && hex_parse(head, CRYPTO_HASH_SIZE, hex);
}

/* --head ENTRIES:HEX */
static enum tk_code read_head(struct verifying *v, struct tk_error *error)
{
    const char *text = v->call->values[OPT_HEAD];
    uint8_t head[CRYPTO_HASH_SIZE];
    char *end = NULL;
    size_t digits;
    long long entries = text ? strtoll(text, &end, 10) : 0;

    if (!text)
        return TK_OK;
    if (entries < 1 || *end != ':' || !parse_head(end + 1, head, &digits))
        return tk_fail(error, TK_USAGE,
                       "The head of --head is the number of entries, a colon and %d to %d "
                       "hexadecimal digits, as a shift report has it.",
                       HEAD_DIGITS_MIN, 2 * CRYPTO_HASH_SIZE);
    return journal_check_head(v->check, entries, head, digits) ? tk_fail_code(error, TK_NO_MEMORY)
                                                               : TK_OK;
}

static enum tk_code read_journal(struct verifying *v, struct tk_error *error)
{
    struct journal_query query = {.limit = PAGE};
    struct journal_list page = {0};
    enum tk_code code;
    size_t found;

    do {
        code = office_journal(v->office, &query, &page, error);
        found = code ? 0 : page.count;
        for (size_t i = 0; !code && i < found; i++)
            if (journal_check_entry(v->check, &page.items[i]))
                code = tk_fail_code(error, TK_NO_MEMORY);
        if (found)
            query.after_seq = page.items[found - 1].seq;
        progress_show("%" PRId64 " entries checked", journal_check_entries(v->check));
        journal_list_release(&page);
    } while (!code && found == PAGE);
    progress_end();
    if (!code && journal_check_end(v->check))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code;
}

static enum tk_code verify(struct verifying *v, struct tk_error *error)
{
    enum tk_code code = office_facts(v->office, &v->facts, error);

    if (!code)
        code = find_key(v, error);
    if (code)
        return code;
    v->check = journal_check_new(v->facts.uuid, v->signed_for ? v->key : NULL);
    code = v->check ? read_seals(v, error) : tk_fail_code(error, TK_NO_MEMORY);
    if (!code)
        code = read_kept(v, error);
    if (!code)
        code = read_head(v, error);
    /* what came after the last seal the store's own note vouches for, where it tells it */
    if (!code && v->facts.journal_entries &&
        journal_check_note(v->check, v->facts.journal_writer, v->facts.journal_entries,
                           v->facts.journal_head))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code ? code : read_journal(v, error);
}

/* --- what it came to --- */

static void put_json(const struct verifying *v)
{
    struct buffer *out = &v->call->out.text;
    char text[JOURNAL_PROBLEM_TEXT], hex[2 * CRYPTO_HASH_SIZE + 1];
    struct journal_head head;

    json_put_open(out, NULL, '{');
    json_put_bool(out, "ok", !journal_check_found(v->check));
    json_put_int(out, "entries", journal_check_entries(v->check));
    json_put_int(out, "seals", journal_check_seals(v->check));
    json_put_int(out, "sealsKept", v->kept);
    hex_print(hex, v->key, sizeof v->key);
    if (v->signed_for)
        json_put_text(out, "key", hex);
    json_put_open(out, "heads", '[');
    for (size_t i = 0; journal_check_writer(v->check, i, &head); i++) {
        hex_print(hex, head.head, sizeof head.head);
        json_put_open(out, NULL, '{');
        json_put_int(out, "writer", head.writer);
        json_put_int(out, "entries", head.entries);
        if (head.known)
            json_put_text(out, "head", hex);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_int(out, "found", journal_check_found(v->check));
    json_put_open(out, "problems", '[');
    for (size_t i = 0; i < journal_check_kept(v->check); i++) {
        const struct journal_problem *problem = journal_check_problem(v->check, i);

        journal_problem_print(problem, text);
        json_put_open(out, NULL, '{');
        json_put_text(out, "problem", journal_fault_name(problem->fault));
        json_put_int(out, "entry", problem->seq);
        json_put_int(out, "lastEntry", problem->last_seq);
        json_put_text(out, "text", text);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void put_text(const struct verifying *v)
{
    char path[SESSION_PATH_SIZE], place[OUTPUT_PATH_SIZE];
    struct buffer *out = &v->call->out.text;
    char text[JOURNAL_PROBLEM_TEXT], hex[2 * CRYPTO_HASH_SIZE + 1];
    struct journal_head head;

    for (size_t i = 0; i < journal_check_kept(v->check); i++) {
        journal_problem_print(journal_check_problem(v->check, i), text);
        buffer_addf(out, "%s\n", text);
    }
    buffer_addf(out,
                "%" PRId64 " entries checked against %" PRId64 " seals, and %" PRId64
                " that were kept beside the key file.\n",
                journal_check_entries(v->check), journal_check_seals(v->check), v->kept);
    for (size_t i = 0; journal_check_writer(v->check, i, &head); i++) {
        hex_print(hex, head.head, sizeof head.head);
        if (head.known)
            buffer_addf(out, "Head of %" PRId64 ": %" PRId64 ":%s\n", head.writer, head.entries,
                        hex);
    }
    hex_print(hex, v->key, sizeof v->key);
    if (v->signed_for)
        buffer_addf(out, "Key of the house: %s\n", hex);
    else
        buffer_add_text(out, "The key of the house is not here, so who signed the seals was not "
                             "looked at: give it with --key.\n");
    if (!v->kept && journal_check_seals(v->check) && v->call->session->ring)
        buffer_addf(out,
                    "Note: beside the key file no seals of this box office are kept "
                    "(%s.seals), so nothing tells whether seals were taken away.\n",
                    path_shown(session_key_path(v->call->session, path), place));
    if (!journal_check_found(v->check))
        buffer_add_text(out, "The journal is as it was written.\n");
}

enum tk_code command_journal_verify(struct call *call, struct tk_error *error)
{
    struct verifying v = {.call = call};
    enum tk_code code = session_look(call->session, &v.office, error);

    if (!code)
        code = verify(&v, error);
    if (!code && call->json)
        put_json(&v);
    else if (!code)
        put_text(&v);
    if (!code && journal_check_found(v.check))
        code = tk_fail(error, TK_NOT_VERIFIED,
                       "The journal is not as it was written: %" PRId64
                       " %s found. Keep the box office "
                       "as it is, and ask who could write it.",
                       journal_check_found(v.check), journal_check_found(v.check) == 1 ? "problem was" : "problems were");
    journal_check_free(v.check);
    return code;
}
