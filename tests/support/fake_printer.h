/* fake_printer: a printer in the network, on a thread of the test. It keeps what it was sent, but for
   the questions for its paper. */
#ifndef TK_TESTS_SUPPORT_FAKE_PRINTER_H
#define TK_TESTS_SUPPORT_FAKE_PRINTER_H

#include <pthread.h>
#include <stdbool.h>

#include "core/buffer.h"

enum manner {
    PRINTER_PRINTS,   /* reads, and says that it has paper */
    PRINTER_SILENT,   /* reads, and says nothing */
    PRINTER_TALKS,    /* reads, and answers in words */
    PRINTER_NO_PAPER, /* reads, and says that it has none */
    PRINTER_RUNS_OUT, /* says that it has paper, and after the first bytes of a job that it has none */
    PRINTER_STUCK,    /* takes the connection, reads nothing */
    PRINTER_BREAKS    /* resets the connection at the first byte */
};

struct fake_printer {
    int listener, stop[2];
    int port;
    char where[32]; /* "tcp:127.0.0.1:PORT" */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    enum manner manner;
    struct buffer bytes;
    int jobs;  /* connections that ended */
    int taken; /* connections */
};

/* Aborts the run when it cannot. */
void fake_printer_start(struct fake_printer *printer, enum manner manner);
void fake_printer_stop(struct fake_printer *printer);
/* From the next connection on. */
void fake_printer_behave(struct fake_printer *printer, enum manner manner);
/* Waits until so many connections were taken, or ended, since the start; false after 10 s. */
bool fake_printer_wait_taken(struct fake_printer *printer, int taken);
bool fake_printer_wait(struct fake_printer *printer, int jobs);
/* A port where nobody listens. */
int fake_printer_free_port(void);

#endif
