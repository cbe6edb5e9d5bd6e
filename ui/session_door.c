/* session: a door at a service, which works on a copy as with --central, and what an older version of it
   left behind. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/text.h"
#include "data/remote/remote_store.h"
#include "ui/session_internal.h"

#define RECORD_PREFIX "door-" /* of a service's id, then the door's name as session_name_file has it */

void session_take_centre(struct session *session)
{
    if (session->use == SESSION_DOOR && session->kind == SESSION_REMOTE && !*session->central)
        text_copy(session->central, sizeof session->central, session->store_path);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), wanted = strlen(ending);

    return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

/* Whether something is left in a record of the folder ("…/") that is of the door; then its whole path. */
static bool find_record(char path[SESSION_PATH_SIZE], const char *folder, const char *door)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    struct stat info;
    bool found = false;

    while (directory && !found && (entry = readdir(directory)))
        found = strncmp(entry->d_name, RECORD_PREFIX, strlen(RECORD_PREFIX)) == 0 &&
                ends_with(entry->d_name, door) &&
                snprintf(path, SESSION_PATH_SIZE, "%s%s", folder, entry->d_name) <
                    SESSION_PATH_SIZE &&
                stat(path, &info) == 0 && info.st_size > 0;
    if (directory)
        closedir(directory);
    return found;
}

/*
 * Before doors had a copy, one at a service wrote what it did while that was away into a file. Those
 * admissions are told to nobody if it is passed over, and only the version that wrote it knows what of
 * it was answered.
 */
enum tk_code session_check_record(const struct session *session, struct tk_error *error)
{
    char door[160], folder[SESSION_PATH_SIZE], path[SESSION_PATH_SIZE];

    if (session->use != SESSION_DOOR || !remote_is_url(session->central) ||
        !settings_default_state(folder, sizeof folder, ""))
        return TK_OK;
    session_name_file(door, sizeof door, "", settings_text(&session->settings, SETTING_till_name),
                      "");
    if (!find_record(path, folder, door))
        return TK_OK;
    return tk_fail(error, TK_CONFIG,
                   "%.200s holds what this door did while the box office was away, in a form that only "
                   "the version before this one can send. Open the door with that one until nothing "
                   "waits and F5 lists nothing; give this door another --name until then.",
                   path);
}
