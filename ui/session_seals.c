/* The latest seals of the journal beside the key file. */
#include "data/seal_file.h"
#include "ui/session_internal.h"

/* Where it cannot be written, as where the key is another user's, the seals of the box office and
   those on shift reports are what there is. */
static void keep_seals(void *context, struct box_office *office)
{
    const struct session *session = context;
    struct store_facts facts = {0};
    struct seal_list seals = {0};
    char path[SESSION_PATH_SIZE];

    if (!office_seals(office, &seals, NULL) && seals.count && !office_facts(office, &facts, NULL))
        (void)seal_file_keep(session_key_path(session, path), facts.uuid, &seals, NULL);
    seal_list_release(&seals);
}

enum tk_code session_kept_seals(const struct session *session, const char *uuid,
                                struct seal_list *list, struct tk_error *error)
{
    char path[SESSION_PATH_SIZE];

    return seal_file_read(session_key_path(session, path), uuid, list, error);
}

void session_wire_seals(struct session *session)
{
    if (session->training || session->keyless || *session->central || !session->ring)
        return;
    session->office.seals = (struct seal_port){.keep = keep_seals, .context = session};
}
