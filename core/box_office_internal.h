/* box_office_internal: what the files of the box office share. */
#ifndef TK_CORE_BOX_OFFICE_INTERNAL_H
#define TK_CORE_BOX_OFFICE_INTERNAL_H

#include "core/box_office_staff.h"

/* Makes and applies one operation and puts a refusal into words. What somebody approved it with is
   used up then, unless it may still have to be sent again. */
enum tk_code office_submit(struct box_office *office, enum op_kind kind, const struct op_id *id,
                           struct operation *operation, struct outcome *outcome,
                           struct tk_error *error);
/* A device's name, cleaned; TK_BAD_NAME: one that is cut would be another device's. */
enum tk_code office_copy_device(char device[DEVICE_SIZE], const char *name, struct tk_error *error);
/* The record of that key; *record is all zeros when there is none. */
enum tk_code office_record(struct box_office *office, const char *key, struct record *record,
                           struct tk_error *error);
/* Whoever an entry names, a member by name: "Ada Lovelace (1042)". */
void office_name_actor(struct box_office *office, const char *actor, char *who, size_t size);
/* Whether people and limits are what refused it; *error says so then. */
bool office_refuse_staff(struct box_office *office, const struct operation *operation,
                         const struct outcome *outcome, struct tk_error *error);

#endif
