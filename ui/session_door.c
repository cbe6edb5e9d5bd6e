/* session: where a door writes down what it does while the service is away. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "data/door_record.h"
#include "data/remote/remote_store.h"
#include "ui/session_internal.h"

/* What a service says is no path of ours. */
static bool is_plain(const char *uuid)
{
    return *uuid && strspn(uuid, "0123456789abcdefABCDEF-") == strlen(uuid);
}

enum tk_code session_open_door_record(struct session *session, struct door_record **record,
                                      struct tk_error *error)
{
    char what[60], name[160], path[SESSION_PATH_SIZE];
    struct store_facts facts;
    enum tk_code code;

    *record = NULL;
    if (!session->remote || !session->store || session->office.line.status) /* or it has a copy */
        return TK_OK;
    code = office_facts(&session->office, &facts, error);
    if (code)
        return code;
    if (!is_plain(facts.uuid))
        return tk_fail(error, TK_UNAVAILABLE, "What answers at %.200s is no box office.",
                       session->store_path);
    snprintf(what, sizeof what, "door-%.40s", facts.uuid);
    session_name_file(name, sizeof name, what, session->office.device, "");
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
