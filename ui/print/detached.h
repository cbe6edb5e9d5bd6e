/* detached: a thread that nobody waits for; whoever is last frees what is shared. */
#ifndef TK_UI_PRINT_DETACHED_H
#define TK_UI_PRINT_DETACHED_H

#include <stdbool.h>

/* Starts it; false when there is no room for one more. It takes no signals: those are for the program's
   other threads. */
bool detached_start(void *(*run)(void *context), void *context);

#endif
