/* session: what its own files share: session.c opens, session_place.c knows where things lie,
   session_central.c opens a till's copy of its centre, session_door.c has a door work on one,
   session_training.c puts a copy in the place of the real box office, session_database.c is about
   PostgreSQL, session_people.c about people who sign on, session_kept.c about
   whom commands remember. */
#ifndef TK_UI_SESSION_INTERNAL_H
#define TK_UI_SESSION_INTERNAL_H

#include "ui/session.h"

/* Makes the folders above a file that are missing, for this user only. */
enum tk_code session_make_folders(const char *file, struct tk_error *error);
/* The same for the box office file when it lies where nobody chose; TK_CONFIG when there is no place
   for it. */
enum tk_code session_make_folder(struct session *session, struct tk_error *error);
/* Refuses what was meant as an address, but is none (TK_CONFIG). */
enum tk_code session_check_place(const char *place, struct tk_error *error);
/* A path as it was given, of which a leading "~/" is the home folder; "" when it does not fit. */
void session_expand(char path[SESSION_PATH_SIZE], const char *given);
/* "WHAT-NAME-SUM": the name as far as it is fit for a file, and a sum of it and `more`, for two may look
   alike then. */
void session_name_file(char *file, size_t size, const char *what, const char *name,
                       const char *more);
/* Who sells, and where. */
void session_name_office(struct session *session);
struct keyfile;
/* The key file that belongs to the box office. */
enum tk_code session_find_key(const struct session *session, struct keyfile *key,
                              struct tk_error *error);
/* What is in a database, with the session's keys, which need not be there to look; *store is the caller's. */
enum tk_code session_open_database(struct session *session, struct store **store,
                                   struct tk_error *error);
/* Why a database cannot be opened of which the key cannot be read, for `reason`: it may have no box office
   yet that a key would be for. */
enum tk_code session_miss_key(const struct session *session, const struct tk_error *reason,
                              struct tk_error *error);
/* A key that slots have taken must be there, or tickets would be sold that no door lets in. --new-key
   makes those that are lost. */
enum tk_code session_check_generations(struct session *session, struct store *store,
                                       struct tk_error *error);
/* Has the latest seals of the journal kept beside the key file, where that is ours. */
void session_wire_seals(struct session *session);
struct remote_options;
/* The token of the settings, to be wiped, and how a service is asked; *options borrows from all. */
enum tk_code session_remote_options(const struct session *session, const char *url, char *token,
                                    struct remote_options *options, struct tk_error *error);
/* With a centre: where it is, and where this till's copy of it lies. */
enum tk_code session_place_central(struct session *session, struct tk_error *error);
/* The file of this till's copy, with a key of its own; *store is the caller's. */
enum tk_code session_open_copy(struct session *session, struct store **store,
                               struct tk_error *error);
enum tk_code session_open_central(struct session *session, struct tk_error *error);
/* A centre that is a file, with its keys: centre->session is set, centre->ring is for session_close_centre
   after store_close. */
enum tk_code session_open_centre(void *centre, int timeout_ms, struct store **store,
                                 struct key_ring *keys, struct tk_error *error);
void session_close_centre(void *centre);
/* Has people sign on at the session's office: with its own keys, or at its centre. */
void session_wire_sign_on(struct session *session);
void session_wire_sign_on_at_centre(struct session *session);
void session_wire_sign_on_at_service(struct session *session);
/* A door at a service has it as its centre: it works on a copy. */
void session_take_centre(struct session *session);
/* TK_CONFIG where a door of an older version left something behind that was not sent yet. */
enum tk_code session_check_record(const struct session *session, struct tk_error *error);
/* Of a box office file. */
bool session_store_is_there(const struct session *session);
/* Key file and box office file, which fit one another; sets the session's ring. *store is the
   caller's. */
enum tk_code session_open_both(struct session *session, struct store **store,
                               struct tk_error *error);
/* The box office file to read alone, without its key. */
enum tk_code session_look_at_store(struct session *session, struct store **store,
                                   struct tk_error *error);
/* For training, at the first call: makes or joins the copy, which is the session's box office file from
   then on. */
enum tk_code session_practise(struct session *session, struct tk_error *error);

#endif
