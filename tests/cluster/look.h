/* look: what the service says of showings, held against what is stored. */
#ifndef TK_TESTS_CLUSTER_LOOK_H
#define TK_TESTS_CLUSTER_LOOK_H

#include "data/remote/http_client.h"
#include "tests/cluster/checker.h"

/* Asks for each stored showing; a finding for each of which the service says something else, or
   nothing. */
enum tk_code look_at_slots(const struct http_client_options *service, const struct stored *stored,
                           struct findings *findings, struct tk_error *error);

#endif
