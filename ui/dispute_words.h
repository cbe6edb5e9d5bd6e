/* dispute_words: a dispute told to people, at the counter and by admin commands. */
#ifndef TK_UI_DISPUTE_WORDS_H
#define TK_UI_DISPUTE_WORDS_H

#include "core/box_office.h"

#define DISPUTE_WORDS_SIZE 640

/* "a sale of 2 tickets", "an admission" */
void dispute_name(const struct dispute *dispute, char *text, size_t size);
/* What was done, by whom, for whom if that is known, where and when: "Priya sold 2 tickets to Ada Lovelace
   (+442079460000) at Box office 1, Sun 22 Nov 19:42, while the box office was away." */
void dispute_tell_ours(const struct dispute *dispute, const struct time_zone *zone, char *text,
                       size_t size);
/* Why the box office refused it, when, and who stands on the other side. */
void dispute_tell_theirs(const struct dispute *dispute, const struct time_zone *zone, char *text,
                         size_t size);
/* "Closed by Olga, Mon 23 Nov 10:02: the guest was given another seat." "" for an open one. */
void dispute_tell_end(const struct dispute *dispute, const struct time_zone *zone, char *text,
                      size_t size);
/* Open ones before closed ones, the latest found first. */
void dispute_list_sort(struct dispute_list *list);
/* The slots that the disputes name, as far as the store has them; appended to *slots. */
enum tk_code dispute_slots(struct box_office *office, const struct dispute_list *list,
                           struct slot_list *slots, struct tk_error *error);
/* Those of these ids that the store has, appended to *slots. */
enum tk_code slots_by_ids(struct box_office *office, const struct id_list *ids,
                          struct slot_list *slots, struct tk_error *error);
/* NULL when it is not among them. */
const struct slot *slot_list_find(const struct slot_list *slots, int64_t id);

#endif
