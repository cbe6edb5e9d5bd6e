/* thread: how a store's own thread is started. */
#ifndef TK_DATA_THREAD_H
#define TK_DATA_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts it with signals blocked: they are for whoever started it. A fault of its own is not hidden, and a
   store that uses a signal lets it in itself (data/sqlite/gate.h). False when there is no thread to be
   had. */
bool thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument);

#endif
