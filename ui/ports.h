/* ports: the real clock, randomness and time zone of this machine. */
#ifndef TK_UI_PORTS_H
#define TK_UI_PORTS_H

#include "core/box_office.h"

/* Fills the ports. zone is a name of the tz database ("Europe/Berlin") or "" for the machine's;
   TK_CONFIG when there is no such zone. Sets TZ: the zone is one per process. */
enum tk_code ports_init(struct office_ports *ports, const char *zone, struct tk_error *error);

#endif
