/* session: where a door writes down what it does while the service is away. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "data/door_record.h"
#include "data/remote/remote_store.h"
#include "ui/session_internal.h"

#define READABLE_MAX 40 /* bytes of the door's name that its file shows */
#define SUM_DIGITS 8

/* "door-UUID-NAME-SUM": the name as far as it is fit for a file, and a sum, for two names may look
   alike then. */
static void name_file(char *name, size_t size, const char *uuid, const char *device)
{
    char shown[READABLE_MAX + 1], hex[2 * CRYPTO_HASH_SIZE + 1];
    uint8_t hash[CRYPTO_HASH_SIZE];
    size_t used = 0;

    for (const char *c = device; *c && used + 1 < sizeof shown; c++)
        shown[used++] = isalnum((unsigned char)*c) && (unsigned char)*c < 0x80 ? *c : '-';
    shown[used] = '\0';
    crypto_digest(hash, NULL, device, strlen(device));
    hex_print(hex, hash, sizeof hash);
    snprintf(name, size, "door-%.40s-%s-%.*s", uuid, shown, SUM_DIGITS, hex);
}

/* What a service says is no path of ours. */
static bool is_plain(const char *uuid)
{
    return *uuid && strspn(uuid, "0123456789abcdefABCDEF-") == strlen(uuid);
}

enum tk_code session_open_door_record(struct session *session, struct door_record **record,
                                      struct tk_error *error)
{
    char name[160], path[SESSION_PATH_SIZE];
    struct store_facts facts;
    enum tk_code code;

    *record = NULL;
    if (!session->remote || !session->store)
        return TK_OK;
    code = office_facts(&session->office, &facts, error);
    if (code)
        return code;
    if (!is_plain(facts.uuid))
        return tk_fail(error, TK_UNAVAILABLE, "What answers at %.200s is no box office.",
                       session->store_path);
    name_file(name, sizeof name, facts.uuid, session->office.device);
    if (!settings_default_state(path, sizeof path, name))
        return tk_fail(error, TK_CONFIG,
                       "There is no home folder for the door's record: set HOME or "
                       "XDG_STATE_HOME.");
    code = session_make_folders(path, error);
    if (!code)
        code = door_record_open(path, record, error);
    if (!code)
        remote_store_hurry(session->store);
    return code;
}
