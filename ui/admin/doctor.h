/* doctor: what the files of `admin doctor` share. */
#ifndef TK_UI_ADMIN_DOCTOR_H
#define TK_UI_ADMIN_DOCTOR_H

#include "ui/admin/command.h"

enum doctor_state { STATE_OK, STATE_WARN, STATE_BAD };

struct doctor {
    struct call *call;
    struct session *session;
    int bad;
};

/* A line of what was found. */
void doctor_tell(struct doctor *doctor, enum doctor_state state, const char *check,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Opens the box office and tells what it is. */
void doctor_look_into_store(struct doctor *doctor);
/* The key file; needed: it cannot be made by opening the box office. */
void doctor_look_at_key(struct doctor *doctor, bool needed);
/* doctor_database.c: the server of a box office in a database. */
void doctor_look_at_database(struct doctor *doctor);

#endif
