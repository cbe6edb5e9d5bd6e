/* demo: the main job once, without a terminal, in a box office of its own that is thrown away. */
#ifndef TK_UI_DEMO_H
#define TK_UI_DEMO_H

/*
 * Imports the sample programme into a fresh temporary store, sells a ticket of the next open
 * showing, reissues it, and prints both tickets, the pass and its QR on stdout, and how to open
 * the counter. Returns the process exit status; what failed is said on stderr.
 */
int demo_run(void);

#endif
